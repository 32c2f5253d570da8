package store_test

import (
	"strings"
	"testing"

	"usher/store"
	"usher/store/storetest"
)

// TestListenDeaf: who is told nothing, as through a pooler of connections, finds out.
func TestListenDeaf(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), storetest.Postgres(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	err = st.ListenDeaf(t.Context(), func(n store.News) { t.Errorf("heard %+v", n) })
	if err == nil || !strings.Contains(err.Error(), "does not come back") {
		t.Errorf("it took itself for one that hears: %v", err)
	}
}
