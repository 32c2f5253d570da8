package main

import (
	"encoding/json"
	"strconv"
	"strings"

	"usher/upstream/sandbox"
)

// soakRow is what a soak reads of a row of a report.
type soakRow struct {
	Row        int    `json:"row"`
	Status     string `json:"status"`
	ExternalID string `json:"external_id"`
	Email      string `json:"email"`
	SessionID  string `json:"session_id"`
	SessionURL string `json:"session_url"`
	ErrorCode  string `json:"error_code"`
	Error      string `json:"error"`
}

// agree compares the reports with the API, person by person.
func (s *soak) agree() {
	made := s.nobodyTwice()
	attempts := s.db.attempts()
	reported := map[string]bool{}
	counts := map[string]int{}
	total := 0
	for _, b := range s.batches() {
		rows := s.report(b.ID)
		if len(rows) != b.Counts.Total() {
			s.t.Errorf("batch %d: %d rows in the report, and %v", b.ID, len(rows), b.Counts)
		}
		if strings.HasPrefix(b.Name, "list") {
			total += len(rows)
		}
		for _, r := range rows {
			what := r.Status
			if what == "unknown" {
				what += " " + r.ErrorCode
			}
			counts[what]++
			reported[r.ExternalID] = true
			s.agreeOn(b.ID, r, made)
		}
	}
	if total != s.rows {
		s.t.Errorf("%d rows in the batches of the lists, which have %d", total, s.rows)
	}
	for id, n := range s.api.requestsFor() {
		if n > attempts[id] {
			s.t.Errorf("%s: %d requests were sent, of which %d are recorded", id, n, attempts[id])
		}
	}
	for id := range made {
		if !reported[id] {
			s.t.Errorf("%s has a session and is in no report", id)
		}
	}
	s.t.Logf("seed %d, %d events, %d rows of lists: %v; %d sessions", s.seed, len(s.plan), total, counts, len(made))
}

// nobodyTwice is the session of everybody who has one, by reference.
func (s *soak) nobodyTwice() map[string]sandbox.Session {
	made := map[string]sandbox.Session{}
	people := map[string]string{}
	for _, v := range s.api.Sessions() {
		if was, ok := made[v.ExternalID]; ok {
			s.t.Errorf("%s was invited twice: at %s and at %s by the API's clock", v.ExternalID, was.CreatedAt, v.CreatedAt)
		}
		if was := people[v.Email]; was != "" {
			s.t.Errorf("%s was invited as %s and as %s", v.Email, was, v.ExternalID)
		}
		made[v.ExternalID], people[v.Email] = v, v.ExternalID
	}
	return made
}

// agreeOn compares a row with the session that the API made for it.
func (s *soak) agreeOn(id int64, r soakRow, made map[string]sandbox.Session) {
	session, has := made[r.ExternalID]
	wrong := ""
	switch r.Status {
	case "invited":
		if r.SessionID != session.ID || r.SessionURL != session.URL && r.ErrorCode != "url_lost" {
			wrong = "it has another session than the API made"
		}
	case "failed":
		if has || r.Error == "" {
			wrong = "it failed, and has a session or no reason"
		}
	case "unknown":
		if r.ErrorCode == "" || r.Error == "" {
			wrong = "it is unknown, and it is not said why"
		}
	case "duplicate", "rejected":
		if r.SessionID != "" || r.ErrorCode == "" {
			wrong = "it was not to be sent to, and has a session or no reason"
		}
	case "cancelled":
		if has {
			wrong = "it was cancelled, and has a session"
		}
	default:
		wrong = "it is not settled"
	}
	if wrong != "" {
		s.t.Errorf("batch %d: %s: %+v; the API made %+v", id, wrong, r, session)
	}
}

func (s *soak) report(id int64) (all []soakRow) {
	text := s.fleet.do("", "report", strconv.FormatInt(id, 10), "--format", "jsonl")
	for d := json.NewDecoder(strings.NewReader(text)); d.More(); {
		var r soakRow
		if err := d.Decode(&r); err != nil {
			s.t.Errorf("batch %d: read its report: %v", id, err)
			break
		}
		all = append(all, r)
	}
	return all
}
