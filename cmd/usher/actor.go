package main

import (
	"os"
	"os/user"
	"strconv"

	"usher/store"
)

// actor is who runs this command: the system's user by name, or by number where
// that has none, as in some containers.
func actor() store.Actor {
	name := strconv.Itoa(os.Getuid())
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	return store.Actor{Name: name, Role: "system user", Way: store.WayCommandLine}
}
