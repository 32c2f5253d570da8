package batch

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"usher/store"
)

// Metrics are the figures of this process and of its account, for Prometheus. What
// is of the account is read from the database when it is asked for, and is the same
// from every process; what is of the process alone is called usher_process_….
func (s *Service) Metrics() (prometheus.Gatherer, error) {
	r := prometheus.NewRegistry()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "usher_build_info", Help: "The version of usher.", ConstLabels: prometheus.Labels{"version": s.o.Version},
	})
	build.Set(1)
	for _, c := range []prometheus.Collector{
		accountMetrics{s}, s.traffic.answers, s.traffic.jobs, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// measureTimeout is for reading the figures of the account, which then are left out.
const measureTimeout = 4 * time.Second

// accountMetrics collects the figures of the account.
type accountMetrics struct{ s *Service }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("usher_"+name, help, labels, nil)
}

var (
	descUp         = desc("database_up", "Whether the database could be read.")
	descPeople     = desc("people", "People in all batches, by state.", "state")
	descBatches    = desc("batches", "Batches, by state.", "state")
	descRequests   = desc("requests_total", "Requests sent to the API by all processes, by what was asked for and by the HTTP status, lost or not_sent.", "request", "answer")
	descInvited    = desc("invited_total", "People who were invited.")
	descGateOpen   = desc("gate_open", "Whether requests may be sent.")
	descGateClosed = desc("gate_closed", "Whether the gate is closed for this reason.", "reason")
	descRate       = desc("pace_rate", "Requests a second that the pace in force lets through; 0 is no limit.")
	descSource     = desc("pace_rate_source", "Whether the pace in force comes from here: it is as configured, learned of refusals (429), or named by the API.", "source")
	descConfigured = desc("pace_rate_configured", "Requests a second that are set (upstream.rate); 0 is no limit.")
	descToday      = desc("day_requests", "Requests since the day (upstream.day_zone) began, with those that are about to be sent.")
	descDaily      = desc("day_requests_limit", "Requests that are allowed in a day (upstream.daily); 0 is no limit.")
	descQueue      = desc("queue_people", "People of running batches who wait to be sent to.")
	descOldest     = desc("queue_oldest_seconds", "For how long the oldest run with somebody in the queue has been under way.")
	descLookups    = desc("lookups_waiting", "People whose answer was lost and who are being looked up.")
	descWorkers    = desc("workers", "Processes that have the right to send.")
)

// Describe implements [prometheus.Collector].
func (m accountMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descUp, descPeople, descBatches, descRequests, descInvited, descGateOpen, descGateClosed, descRate, descSource, descConfigured,
		descToday, descDaily, descQueue, descOldest, descLookups, descWorkers,
	} {
		out <- d
	}
}

// Collect implements [prometheus.Collector].
func (m accountMetrics) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), measureTimeout)
	defer cancel()
	all, err := m.read(ctx)
	if err != nil {
		all = []prometheus.Metric{gauge(descUp, 0)}
	}
	for _, metric := range all {
		out <- metric
	}
}

func gauge(d *prometheus.Desc, v float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func counter(d *prometheus.Desc, v int64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// read reads all figures, or none.
func (m accountMetrics) read(ctx context.Context) ([]prometheus.Metric, error) {
	s := m.s
	all := []prometheus.Metric{gauge(descUp, 1)}
	people, err := s.st.AccountCounts(ctx, s.account)
	if err != nil {
		return nil, err
	}
	for state, n := range people {
		all = append(all, gauge(descPeople, float64(n), string(state)))
	}
	batches, err := s.st.BatchCounts(ctx, s.account)
	if err != nil {
		return nil, err
	}
	for _, state := range store.BatchStates {
		all = append(all, gauge(descBatches, float64(batches[state]), string(state)))
	}
	sent, err := s.st.Traffic(ctx, s.account, 0, 0)
	if err != nil {
		return nil, err
	}
	invited := int64(0)
	for _, t := range sent {
		if t.Request == store.TrafficInvited {
			invited += t.N
			continue
		}
		all = append(all, counter(descRequests, t.N, t.Request, t.Answer))
	}
	all = append(all, counter(descInvited, invited))
	gate, err := s.st.Gate(ctx, s.account)
	if err != nil {
		return nil, err
	}
	for _, reason := range store.GateReasons {
		all = append(all, gauge(descGateClosed, truth(gate.Reason == reason), reason))
	}
	inForce, err := s.st.PaceNow(ctx, s.account, pace(s.cfg))
	if err != nil {
		return nil, err
	}
	for _, source := range store.PaceSources {
		all = append(all, gauge(descSource, truth(inForce.Source == source), string(source)))
	}
	workers, err := s.Workers(ctx)
	if err != nil {
		return nil, err
	}
	waiting, since, now, err := s.st.Waiting(ctx, s.account)
	if err != nil {
		return nil, err
	}
	oldest := 0.0
	if !since.IsZero() {
		oldest = max(now.Sub(since).Seconds(), 0)
	}
	lookups, err := s.st.InDoubtPeople(ctx, s.account)
	if err != nil {
		return nil, err
	}
	return append(all,
		gauge(descGateOpen, truth(gate.Open())), gauge(descRate, inForce.Rate), gauge(descConfigured, s.cfg.Upstream.Rate),
		gauge(descToday, float64(inForce.Today)), gauge(descDaily, float64(s.cfg.Upstream.Daily)), gauge(descQueue, float64(waiting)),
		gauge(descOldest, oldest), gauge(descLookups, float64(lookups)), gauge(descWorkers, float64(len(workers)))), nil
}
