package folder_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usher/batch"
)

// Whoever looks at a page is told who serves a folder, what became of its files, and what
// lies there and is not taken; and that nobody serves it any more.
func TestTelltaleStanding(t *testing.T) {
	onBoth(t, func(h *folderHouse) {
		s := h.process()
		stop := h.watch(s, nil)
		standing := func() batch.Folder {
			all, err := s.Folders(h.Context())
			h.must(err)
			if len(all) != 1 {
				return batch.Folder{}
			}
			return all[0]
		}
		h.eventually("it is served", func() bool { return standing().Served })
		if f := standing(); f.Path != h.dir || !strings.Contains(f.By, "'usher test' on") || f.Since == nil || f.Trouble != "" {
			h.Errorf("served: %+v", f)
		}
		h.put("list.csv", folderCrowd(1, 2))
		h.put("broken.csv", "just\nwords\n")
		strange := filepath.Join(h.dir, "x\xff\u202ey.csv")
		h.must(os.WriteFile(strange, []byte("a,b\n"), 0o600))
		h.eventually("it is told what is not taken", func() bool { return standing().Trouble != "" })
		if f := standing(); !strings.Contains(f.Trouble, "\"x\ufffd\\u202ey.csv\" is not taken: its name has letters that are not UTF-8") || f.Fix != "give it a name with plain letters" {
			h.Errorf("trouble: %q, %q", f.Trouble, f.Fix)
		}
		h.must(os.Remove(strange))
		h.eventually("nothing is in the way", func() bool { f := standing(); return f.Served && f.Trouble == "" })
		h.eventually("both are at their end", func() bool {
			f := standing()
			return f.Files[batch.FolderImported] == 1 && f.Files[batch.FolderRefused] == 1 && f.Files[batch.FolderOpen] == 0
		})
		h.eventually("the results are there", func() bool {
			page, err := s.FolderFiles(h.Context(), batch.FolderFilter{Folder: standing().ID, Name: "LIST", Limit: 5})
			h.must(err)
			f := page.Files[0]
			return len(page.Files) == 1 && f.Batch > 0 && f.Place == "done/list.csv" && len(f.Beside) == 1
		})
		page, err := s.FolderFiles(h.Context(), batch.FolderFilter{Folder: standing().ID, Group: batch.FolderRefused, Limit: 5})
		h.must(err)
		if f := page.Files[0]; len(page.Files) != 1 || f.Place != "refused/broken.csv" || f.Why == "" || f.Fix == "" || strings.Contains(f.Why, "What to do") {
			h.Errorf("refused: %+v", page.Files)
		} else {
			for _, place := range f.Beside { // what is said to be there is there
				h.read(place)
			}
		}
		stop()
		if f := standing(); f.Served || f.By == "" || f.Files[batch.FolderImported] != 1 {
			h.Errorf("after its end: %+v", f)
		}
	})
}
