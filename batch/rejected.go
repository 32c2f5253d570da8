package batch

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"usher/importer/database"
	"usher/store"
)

// laterMost is how many rows of later batches are looked through for those that were
// rejected: more would take seconds.
const laterMost = 200_000

// rejectedMost is how many rejected rows are looked for.
const rejectedMost = 10_000

// cameLater finds the rejected rows of an account that came in by later batches: their
// e-mail, phone or external id is there. It returns how many came by each, and those
// that did not. With too many rows to look through it reports false.
func (s *Service) cameLater(ctx context.Context, account int64, rejected []store.Applicant) (by map[int64]int, still []store.Applicant, ok bool, err error) {
	if len(rejected) == 0 || len(rejected) > rejectedMost {
		return nil, rejected, len(rejected) == 0, nil
	}
	first := slices.MinFunc(rejected, func(a, b store.Applicant) int { return cmp.Compare(a.Batch, b.Batch) }).Batch
	if many, err := s.manyAfter(ctx, account, first); err != nil || many {
		return nil, rejected, false, err
	}
	by, at, done := map[int64]int{}, map[string][]int{}, make([]bool, len(rejected))
	for i, a := range rejected {
		for _, k := range knownBy(a.Email, a.Phone, a.ExternalID) {
			at[k] = append(at[k], i)
		}
	}
	err = s.st.ContactsAfter(ctx, account, first, func(c store.Contact) {
		for _, k := range knownBy(c.Email, c.Phone, c.ExternalID) {
			for _, i := range at[k] {
				if !done[i] && c.Batch > rejected[i].Batch {
					done[i] = true
					by[c.Batch]++
				}
			}
		}
	})
	for i, a := range rejected {
		if !done[i] {
			still = append(still, a)
		}
	}
	return by, still, true, err
}

// manyAfter reports whether later batches have too many rows to look through.
func (s *Service) manyAfter(ctx context.Context, account, batch int64) (bool, error) {
	all, err := s.st.Batches(ctx, store.BatchFilter{Account: account})
	if err != nil {
		return false, err
	}
	later, err := s.counted(ctx, slices.DeleteFunc(all, func(b store.Batch) bool { return b.ID <= batch }))
	n := 0
	for _, b := range later {
		n += b.Counts.Total()
	}
	return n > laterMost, err
}

// knownBy are the things that somebody is known by, each with what it is.
func knownBy(email, phone, externalID string) (keys []string) {
	for what, v := range map[string]string{"e": strings.ToLower(email), "p": phone, "x": externalID} {
		if v != "" {
			keys = append(keys, what+v)
		}
	}
	return keys
}

// rejectedOf are the rejected rows of a batch.
func (s *Service) rejectedOf(ctx context.Context, batch int64) ([]store.Applicant, error) {
	return s.st.People(ctx, store.PeopleFilter{Batch: batch, States: []State{Rejected}, Limit: rejectedMost + 1})
}

// MendedWords say which rejected rows of a batch came in by later ones; empty if none
// did. They read all of these rows and what came later, so no page asks for them that is
// opened again and again.
func (s *Service) MendedWords(ctx context.Context, b Batch) (string, error) {
	if b.Counts[Rejected] == 0 {
		return "", nil
	}
	rejected, err := s.rejectedOf(ctx, b.ID)
	if err != nil {
		return "", err
	}
	by, still, ok, err := s.cameLater(ctx, b.account, rejected)
	if err != nil || !ok || len(by) == 0 {
		return "", err
	}
	n := len(rejected) - len(still)
	return fmt.Sprintf("%s of %s came in by %s", Thousands(n), Counted(len(rejected), "rejected row", "rejected rows"),
		batchesWords(slices.Sorted(maps.Keys(by)))), nil
}

// stillRejectedWords say how many people of earlier runs of a batch's source were
// rejected, and did not come in since: the next run does not read them again. It is
// empty if there are none, or the batch is of no source.
func (s *Service) stillRejectedWords(ctx context.Context, b store.Batch) (string, error) {
	if !strings.HasPrefix(b.Source, database.SourcePath("")) {
		return "", nil
	}
	runs, err := s.st.Batches(ctx, store.BatchFilter{Account: b.Account, Before: b.ID})
	if err != nil {
		return "", err
	}
	earlier, err := s.counted(ctx, slices.DeleteFunc(runs, func(r store.Batch) bool { return r.Source != b.Source }))
	if err != nil {
		return "", err
	}
	now, err := s.rejectedOf(ctx, b.ID)
	if err != nil {
		return "", err
	}
	seen := map[string]bool{}
	for _, a := range now { // they are counted with this run
		seen[rejectedAs(a)] = true
	}
	var rejected []store.Applicant
	for _, r := range earlier { // the newest first: who is rejected each night is one person
		if r.Counts[Rejected] == 0 || len(rejected) > rejectedMost {
			continue
		}
		all, err := s.rejectedOf(ctx, r.ID)
		if err != nil {
			return "", err
		}
		for _, a := range all {
			if k := rejectedAs(a); !seen[k] {
				seen[k] = true
				rejected = append(rejected, a)
			}
		}
	}
	_, still, ok, err := s.cameLater(ctx, b.Account, rejected)
	if err != nil || !ok || len(still) == 0 {
		return "", err
	}
	in := map[int64]bool{}
	for _, a := range still {
		in[a.Batch] = true
	}
	return fmt.Sprintf("%s rejected in earlier runs of this source and not mended since: mend the rows in the %s of %s and run it",
		Counted(len(still), "person was", "people were"), Plural(len(in), "report", "reports"), batchesWords(slices.Sorted(maps.Keys(in)))), nil
}

func rejectedAs(a store.Applicant) string {
	return strings.Join([]string{a.FirstName, a.LastName, strings.ToLower(a.Email), a.Phone, a.ExternalID}, "\x00")
}

// batchesWords name batches, few of them.
func batchesWords(ids []int64) string {
	const most = 5
	var words []string
	for _, id := range ids[:min(len(ids), most)] {
		words = append(words, fmt.Sprint(id))
	}
	if n := len(ids) - most; n > 0 {
		words = append(words, fmt.Sprintf("%d more", n))
	}
	return Plural(len(ids), "batch ", "batches ") + strings.Join(words, ", ")
}
