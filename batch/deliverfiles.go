package batch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"usher/report"
	"usher/store"
)

// delivering is one try to make a delivery.
type delivering struct {
	s        *Service
	holder   string // of the lease under which it is done
	d        store.Delivery
	b        store.Batch
	counts   Counts
	schedule string // the name of the batch's; may be empty
	placing  report.Placing
	files    []ManifestFile // those that are there
}

// deliverOnce tries to make a delivery. Everything is made again as it was if it was
// broken off, under the same names.
func (s *Service) deliverOnce(ctx context.Context, holder string, d store.Delivery, b store.Batch) (err error) {
	w := &delivering{s: s, holder: holder, d: d, b: b, placing: report.Placing{Memory: memory(s.st), Policy: report.Refuse}}
	if w.counts, err = s.st.Counts(ctx, b.ID); err != nil {
		return err
	}
	if w.schedule, err = s.st.ScheduleOf(ctx, b.ID); err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"named", w.name}, {"recorded", w.record}, {"split", w.split}, {"written", w.results}, {"cleared", w.clear}, {"manifest", w.manifest}, {"ended", w.end}} {
		if err := step.do(ctx); err != nil {
			return w.orElsewhere(ctx, err)
		}
		if s.delivered == nil {
			continue
		}
		if err := s.delivered(step.name); err != nil {
			return err
		}
	}
	return nil
}

// orElsewhere has a delivery begin again under other names if something lies there that
// is not usher's. What is there by now goes.
func (w *delivering) orElsewhere(ctx context.Context, err error) error {
	var taken *report.TakenError
	if !errors.As(err, &taken) {
		return err
	}
	if err := w.remove(ctx, nil); err != nil {
		return err
	}
	return errors.Join(errUnsettled, w.s.st.NameDelivery(ctx, w.d.ID, "", ""))
}

func (w *delivering) format() string { return w.s.cfg.Report.DeliverFormat }

// name chooses the names of the files, and keeps them, if none are chosen for this
// folder yet: the first ones at which nothing lies and that no other delivery has.
func (w *delivering) name(ctx context.Context) error {
	folder := w.s.cfg.Report.DeliverDir
	base := deliverStem(w.s.cfg.Report.DeliverName, w.b, w.schedule)
	if _, err := report.Look(filepath.Join(folder, numberedStem(base, mostDeliveries)+"."+w.format())); err != nil {
		return err
	}
	if w.d.Stem != "" {
		if w.d.Folder == folder {
			return nil
		}
		_ = w.remove(ctx, nil) // another folder is named by now, and that one may be away
	}
	for n := w.d.Number; n < mostDeliveries; n++ {
		stem := numberedStem(base, n)
		if free, err := free(folder, deliveryNames(stem)); err != nil {
			return err
		} else if !free {
			continue
		}
		err := w.s.st.NameDelivery(ctx, w.d.ID, folder, stem)
		if errors.Is(err, store.ErrExists) {
			continue
		}
		w.d.Folder, w.d.Stem = folder, stem
		return err
	}
	return &report.TargetError{Asked: folder, Wrong: "there are too many files of such names", Fix: "put {batch} into report.deliver_name"}
}

// record records that the results are handed out, once for what is wanted now.
func (w *delivering) record(ctx context.Context) error {
	return w.s.st.InTx(ctx, func(tx *store.Tx) error {
		if first, err := tx.ActDelivery(ctx, w.d.ID, w.d.Wanted); err != nil || !first {
			return err
		}
		return tx.RecordAct(ctx, store.Act{Actor: Actor{Name: "report.deliver_dir", Role: "setting", Way: WayDelivery}, What: store.ActReport,
			Batch: w.b.ID, Numbers: map[string]int{"rows": w.counts.Total(), "invited": w.counts[Invited]}})
	})
}

// split writes the files of those in each state, if that is asked for.
func (w *delivering) split(ctx context.Context) error {
	if !w.s.cfg.Report.DeliverSplit {
		return nil
	}
	for _, state := range States {
		if w.counts[state] == 0 {
			continue
		}
		if err := w.write(ctx, state, stateRows{w.s.st, state}, Counts{state: w.counts[state]}); err != nil {
			return err
		}
	}
	return nil
}

// results writes the file of all.
func (w *delivering) results(ctx context.Context) error {
	return w.write(ctx, "", w.s.st, w.counts)
}

// write writes the file of those in a state, or of all. It must have as many in each
// state as were counted: people may be settled meanwhile.
func (w *delivering) write(ctx context.Context, state State, rows rowsReader, want Counts) error {
	tally := &tally{rows: rows, counts: Counts{}}
	file := ManifestFile{Name: w.d.Stem + "." + w.format(), State: state}
	if state != "" {
		file.Name = w.d.Stem + "." + string(state) + "." + w.format()
	}
	err := w.put(ctx, &file, func(out io.Writer) error {
		if err := w.rows(ctx, state, tally, out); err != nil {
			return err
		}
		if !maps.Equal(tally.counts, withoutNone(want)) {
			return errUnsettled
		}
		return nil
	})
	file.Rows = want.Total()
	w.files = append(w.files, file)
	return err
}

// rows writes rows in the format of deliveries.
func (w *delivering) rows(ctx context.Context, state State, rows rowsReader, out io.Writer) error {
	format, err := report.ParseFormat(w.format())
	if err != nil || format != report.HTML {
		return errors.Join(err, report.Write(ctx, rows, w.b, format, out))
	}
	s, err := summaryOf(ctx, w.s.st, w.b, false)
	if err != nil {
		return err
	}
	if state != "" {
		s.States = slices.DeleteFunc(s.States, func(c report.StateCount) bool { return c.State != state })
		s.Causes = slices.DeleteFunc(s.Causes, func(c report.Cause) bool { return c.State != state })
	}
	return report.WriteHTML(ctx, rows, w.b, s, out)
}

// put puts a file into the folder, whole or not at all, and notes its size and its
// SHA-256. Only its owner can read it.
func (w *delivering) put(ctx context.Context, file *ManifestFile, write func(io.Writer) error) error {
	path := filepath.Join(w.d.Folder, file.Name)
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return &report.TakenError{Asked: path, Why: "is a link, or no file"}
	}
	target, err := report.Look(path)
	if err != nil {
		return err
	}
	hash, size := sha256.New(), counted(0)
	_, err = target.Place(ctx, w.placing, func(out io.Writer) error { return write(io.MultiWriter(out, hash, &size)) })
	file.Size, file.SHA256 = int64(size), hex.EncodeToString(hash.Sum(nil))
	return err
}

// clear removes files of an earlier try, in which there were people in other states.
func (w *delivering) clear(ctx context.Context) error {
	names := []string{w.d.Stem + manifestEnding}
	for _, f := range w.files {
		names = append(names, f.Name)
	}
	return w.remove(ctx, names)
}

// remove removes files of this delivery, but those of some names, and those that somebody
// changed.
func (w *delivering) remove(ctx context.Context, but []string) error {
	for _, name := range deliveryNames(w.d.Stem) {
		if slices.Contains(but, name) {
			continue
		}
		if err := w.placing.Remove(ctx, filepath.Join(w.d.Folder, name)); err != nil {
			return err
		}
	}
	return nil
}

// end notes that all is there. Who was settled at the last moment has another delivery.
func (w *delivering) end(ctx context.Context) error {
	return w.s.st.InTx(ctx, func(tx *store.Tx) error {
		_, next, err := tx.EndDelivery(ctx, w.d)
		if err != nil || next == 0 {
			return err
		}
		return w.s.control.EnqueueErrand(ctx, tx, w.b.Account, deliverErrand, next, time.Time{})
	})
}

// settled returns errUnsettled if the batch is not as it was, or the delivery another
// process's by now.
func (w *delivering) settled(ctx context.Context) error {
	b, err := w.s.st.Batch(ctx, w.b.ID)
	if err != nil {
		return err
	}
	counts, err := w.s.st.Counts(ctx, w.b.ID)
	if err != nil {
		return err
	}
	d, err := w.s.st.Delivery(ctx, w.d.ID)
	if err != nil {
		return err
	}
	held, err := w.s.st.ProlongLease(ctx, store.DeliveryLease(w.b.ID), w.holder, deliverLease)
	if err == nil && (!held || b.State != w.b.State || b.Run != w.b.Run || d.Wanted != w.d.Wanted || !maps.Equal(counts, w.counts)) {
		return errUnsettled
	}
	return err
}
