package main

import (
	"context"
	"runtime/debug"
	"time"
)

// workGC lets the heap grow to five times of what is in use. A worker has some
// 10 MB in use, and many goroutines whose stacks are looked through each time:
// at the default a tenth of its time went there.
const workGC = 400

// useMemory lets a process that stays use memory as workGC says, and give it back while it
// has little to do.
func useMemory(ctx context.Context) {
	debug.SetGCPercent(workGC)
	go func() {
		for before, now := int64(1<<62), (debug.GCStats{}); ; before = now.NumGC {
			select {
			case <-ctx.Done():
				return
			case <-time.After(30 * time.Second):
			}
			if debug.ReadGCStats(&now); now.NumGC <= before+1 { // one of its own
				debug.FreeOSMemory()
			}
		}
	}()
}
