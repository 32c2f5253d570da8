package table

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"sort"
)

const (
	// stringsHeld is how much of the texts is held in memory, about. Most workbooks
	// have less; one of a million people has ten times as much.
	stringsHeld = 8 << 20
	// pageBytes and pageTexts end a page. It is read whole for each text that is
	// asked for out of the order in which they were added.
	pageBytes = 16 << 10
	pageTexts = 1 << 10
)

// stringTable keeps texts by number. They lie in pages; where there are many, in a
// private file, of which the pages that were used last are in memory.
type stringTable struct {
	pages []stringPage
	texts int // how many
	bytes int // of all

	text []byte // of the next page, until it is full
	ends []uint32

	file    *os.File // nil while memory holds all
	size    int64
	written int   // pages
	held    int   // bytes of the pages in memory
	queue   []int // these pages
	last    int   // the page that was asked for last
	err     error // of the file
}

// stringPage is some texts that follow each other.
type stringPage struct {
	first, count int // the number of its first text, and how many there are
	length       int // of all of them
	offset       int64
	text         string   // nothing, with ends, while only the file has the page
	ends         []uint32 // of the texts in it
	used         bool     // since it was spared last
}

// memory is what a page takes, in the file as well.
func (p *stringPage) memory() int { return p.length + 4*p.count }

// add adds a text.
func (t *stringTable) add(text string) error {
	t.text = append(t.text, text...)
	t.ends = append(t.ends, uint32(len(t.text)))
	t.texts++
	t.bytes += len(text)
	if len(t.text) < pageBytes && len(t.ends) < pageTexts {
		return nil
	}
	return t.seal()
}

// seal makes a page of what was added last. It must be called after the last text.
func (t *stringTable) seal() error {
	if len(t.ends) == 0 {
		return nil
	}
	t.pages = append(t.pages, stringPage{first: t.texts - len(t.ends), count: len(t.ends), length: len(t.text)})
	t.hold(len(t.pages)-1, string(t.text), slices.Clone(t.ends))
	t.text, t.ends = t.text[:0], t.ends[:0]
	if t.held <= stringsHeld && t.file == nil {
		return nil
	}
	return t.spill()
}

func (t *stringTable) hold(page int, text string, ends []uint32) {
	p := &t.pages[page]
	p.text, p.ends = text, ends
	t.queue = append(t.queue, page)
	t.held += p.memory()
}

// spill writes the pages that the file does not have, and lets go of those in
// memory that are too many.
func (t *stringTable) spill() error {
	if t.file == nil {
		if t.file, t.err = hiddenFile(); t.err != nil {
			return t.err
		}
	}
	for ; t.written < len(t.pages); t.written++ {
		p := &t.pages[t.written]
		content := make([]byte, 0, p.memory())
		for _, end := range p.ends {
			content = binary.LittleEndian.AppendUint32(content, end)
		}
		p.offset = t.size
		if _, err := t.file.Write(append(content, p.text...)); err != nil {
			t.err = fmt.Errorf("write a temporary file: %w", cause(err))
			return t.err
		}
		t.size += int64(p.memory())
	}
	t.release()
	return nil
}

// release lets go of pages that were not used of late, but for the last one.
func (t *stringTable) release() {
	for t.held > stringsHeld && len(t.queue) > 1 {
		i := t.queue[0]
		t.queue = t.queue[1:]
		p := &t.pages[i]
		if p.used {
			p.used = false
			t.queue = append(t.queue, i)
			continue
		}
		p.text, p.ends = "", nil
		t.held -= p.memory()
	}
}

// at is the text of a number below t.texts.
func (t *stringTable) at(n int) (string, error) {
	p := &t.pages[t.last]
	if n < p.first || n >= p.first+p.count {
		t.last = sort.Search(len(t.pages), func(i int) bool { return t.pages[i].first > n }) - 1
		p = &t.pages[t.last]
	}
	if p.ends == nil {
		if err := t.load(t.last); err != nil {
			return "", err
		}
	}
	p.used = true
	from, i := uint32(0), n-p.first
	if i > 0 {
		from = p.ends[i-1]
	}
	return p.text[from:p.ends[i]], nil
}

// load reads a page.
func (t *stringTable) load(page int) error {
	p := &t.pages[page]
	content := make([]byte, p.memory())
	if _, err := t.file.ReadAt(content, p.offset); err != nil {
		t.err = fmt.Errorf("read a temporary file: %w", cause(err))
		return t.err
	}
	ends := make([]uint32, p.count)
	for i := range ends {
		ends[i] = binary.LittleEndian.Uint32(content[4*i:])
	}
	t.hold(page, string(content[4*p.count:]), ends)
	p.used = true // or it might be the one to go
	t.release()
	return nil
}

// close removes the file.
func (t *stringTable) close() {
	if t.file != nil {
		_ = t.file.Close() // nothing of it is needed any more
	}
}
