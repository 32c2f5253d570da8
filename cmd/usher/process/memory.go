// Package process says how the program uses the machine that it runs on: how much memory
// it lets itself have, and how many processors it works on. It knows nothing of what it
// is that the program does.
package process

import (
	"context"
	"runtime/debug"
	"time"
)

// WorkGC lets the heap grow to five times of what is in use. A worker has some
// 10 MB in use, and many goroutines whose stacks are looked through each time:
// at the default a tenth of its time went there.
const WorkGC = 400

// UseMemory lets a process that stays use memory as WorkGC says, and give it back while it
// has little to do.
func UseMemory(ctx context.Context) {
	debug.SetGCPercent(WorkGC)
	go func() {
		for before, now := int64(1<<62), (debug.GCStats{}); ; before = now.NumGC {
			select {
			case <-ctx.Done():
				return
			case <-time.After(30 * time.Second):
			}
			if debug.ReadGCStats(&now); now.NumGC <= before+1 { // one of its own
				used.onAll(debug.FreeOSMemory) // on one, all else waited for 0.1 s
			}
		}
	}()
}
