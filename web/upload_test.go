package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"usher/batch"
)

// Whoever corrects a list that somebody else has invited by in the meantime is told
// that it was not kept, and is led to the list.
func TestUploadTooLate(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{UploadLimit: 1 << 20})
	s.add("ann", batch.Uploader)
	c := s.in("ann")
	s.send(c, http.MethodPost, "/new/paste", url.Values{"cells": {"first_name\tlast_name\temail\tphone\nAda\tLovelace\tada@example.com\t+15192220001\nAlan\tTuring\tnobody\t+15192220002\n"}})
	page := "/uploads/" + s.uploads()[0].ID
	if text := s.send(c, http.MethodGet, page, nil).text; !strings.Contains(text, "Mend them here") {
		t.Fatalf("its page:\n%s", text)
	}
	s.send(c, http.MethodPost, page+"/invite", url.Values{"revision": {"1"}, "agreed": {"1"}, "leave_out": {"1"}}) // there is nobody who imports it
	for what, form := range map[string]url.Values{
		"mend":    {"row": {"3"}, "cells-3": {"2"}, "cell-3-2": {"alan@example.com"}},
		"choices": {"region": {"DE"}},
	} {
		form.Set("revision", "1")
		a := s.send(c, http.MethodPost, page+"/"+what, form)
		for _, says := range []string{"The list is being imported", `<a href="` + page + `">Look at the list`} {
			if a.StatusCode != http.StatusBadRequest || !strings.Contains(a.text, says) {
				t.Errorf("%s: %s, without %q:\n%s", what, a.Status, says, a.text)
			}
		}
	}
}
