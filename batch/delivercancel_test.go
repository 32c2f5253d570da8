package batch_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"usher/batch"
)

// A batch that is cancelled is delivered once nobody of it is in flight, and its
// manifest says what it is. Nobody who was invited is missing there.
func TestDeliverCancelled(t *testing.T) {
	t.Parallel()
	deliverOnBoth(t, func(d *deliverHouse) {
		behind, err := url.Parse(d.url)
		d.must(err)
		proxy := httputil.NewSingleHostReverseProxy(behind)
		release := make(chan struct{})
		asked := make(chan struct{}, 2)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if bytes.Contains(body, []byte("held@")) || bytes.Contains(body, []byte("still@")) {
				asked <- struct{}{}
				<-release
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			proxy.ServeHTTP(w, r)
		}))
		d.Cleanup(server.Close)
		d.url = server.URL
		d.settings["work.concurrency"] = "1"
		s, ctx := d.process(), d.Context()
		defer d.work(s)()
		u := d.checked(s, d.receive(s, crowd(0)+"Hal,Held,held@example.com,+447700900900\nSue,Still,still@example.com,+447700900901\n").ID)
		_, err = s.Invite(ctx, page, u.ID, u.Revision, batch.Agreement{Invitations: 2})
		d.must(err)
		id := d.imported(s, u.ID).Batch
		counts := func() batch.Counts {
			b, err := s.Batch(ctx, id)
			d.must(err)
			return b.Counts
		}
		<-asked
		d.until("somebody is in flight", func() bool { return counts()[batch.Sending] == 1 })
		_, err = s.Cancel(ctx, page, id)
		d.must(err)
		if all, err := s.Deliveries(ctx, id); err != nil || len(all) != 1 || all[0].DeliveredAt != nil || len(d.listed()) > 0 {
			d.Errorf("while somebody is in flight: %+v, %v, %q", all, err, d.listed())
		}
		close(release)
		made := d.delivery(s, id, 1)
		if m := d.closes(made.Name + ".manifest.json"); m.State != "cancelled" || m.Rows != 2 || m.Counts[batch.Invited] != 1 || m.Counts[batch.Cancelled] != 1 {
			d.Errorf("%+v", m)
		}
	})
}
