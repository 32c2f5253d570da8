package main

import (
	"database/sql"
	"fmt"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptDatabase adds people to a database, as HR's would have them: database
// FILE FROM TO.
func scriptDatabase(ts *testscript.TestScript, _ bool, args []string) {
	from, err := strconv.Atoi(args[1])
	ts.Check(err)
	to, err := strconv.Atoi(args[2])
	ts.Check(err)
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(`CREATE TABLE IF NOT EXISTS people (id INTEGER PRIMARY KEY, first TEXT, last TEXT, mail TEXT, mobile TEXT)`)
	ts.Check(err)
	for i := from; i <= to; i++ {
		_, err := db.Exec(`INSERT INTO people VALUES (?, ?, ?, ?, ?)`, i, fmt.Sprintf("First%d", i), fmt.Sprintf("Last%d", i),
			fmt.Sprintf("person%d@example.com", i), fmt.Sprintf("+1519222%04d", i))
		ts.Check(err)
	}
}
