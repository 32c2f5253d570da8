package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// refusing is the script's own API. It refuses every invitation while it is told to,
// as an API does when the list or the workflow is wrong.
type refusing struct {
	next http.Handler

	mu      sync.Mutex
	status  int // 0 refuses nobody
	message string
	count   int // of those refused since it was told to
}

// refusingKey is its key among the script's values.
type refusingKey struct{}

func (r *refusing) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	status, message := r.status, r.message
	if status != 0 && req.Method == http.MethodPost {
		r.count++
	}
	r.mu.Unlock()
	if status == 0 || req.Method != http.MethodPost {
		r.next.ServeHTTP(w, req)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": message})
}

// refuse STATUS MESSAGE: the API refuses every invitation. refuse none: it does no more.
func scriptRefuse(ts *testscript.TestScript, neg bool, args []string) {
	r := ts.Value(refusingKey{}).(*refusing)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case !neg && len(args) == 1 && args[0] == "none":
		r.status = 0
	case !neg && len(args) == 2:
		status, err := strconv.Atoi(args[0])
		ts.Check(err)
		r.status, r.message, r.count = status, args[1], 0
	default:
		ts.Fatalf("usage: refuse STATUS MESSAGE | none")
	}
}

// refused N: so many invitations were refused since 'refuse'.
func scriptRefused(ts *testscript.TestScript, neg bool, args []string) {
	r := ts.Value(refusingKey{}).(*refusing)
	r.mu.Lock()
	defer r.mu.Unlock()
	if neg || len(args) != 1 || fmt.Sprint(r.count) != args[0] {
		ts.Fatalf("the API refused %d invitations, want %v", r.count, args)
	}
}
