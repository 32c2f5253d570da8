package folder

import (
	"context"
	"fmt"

	"usher/batch"
	"usher/store"
)

// Examine looks whether watched folders are served, as far as their rows tell: a file
// that was put into a folder that nobody serves has none yet.
func Examine(ctx context.Context, svc *batch.Service) (found []batch.Finding) {
	base := svc.Base()
	if base.Store == nil {
		return nil
	}
	leases, err := base.Store.Leases(ctx, store.FolderLease(base.Account, ""))
	if err != nil {
		return []batch.Finding{batch.Problem("folders", err)}
	}
	served := map[string]bool{}
	for _, l := range leases {
		served[l.Name] = true
	}
	all, err := base.Store.FolderBacklogs(ctx, base.Account)
	if err != nil {
		return []batch.Finding{batch.Problem("folders", err)}
	}
	for _, b := range all {
		f := batch.Finding{What: "folder " + b.Folder}
		switch files := batch.Counted(b.Files, "file waits", "files wait"); {
		case served[store.FolderLease(base.Account, b.Folder)]:
			f.Note = "is served"
			if b.Files > 0 {
				f.Note += "; " + files
			}
		case b.Files > 0:
			f.Err = fmt.Errorf("%s since %s, and no process serves it", files, b.Since.Local().Format("2006-01-02 15:04"))
			f.Hint = "start 'usher watch " + b.Folder + "', or take them with --once"
		default:
			continue
		}
		found = append(found, f)
	}
	return found
}
