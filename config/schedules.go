package config

import "go.yaml.in/yaml/v3"

// Schedule is what usher.yaml says of a schedule: texts by key, of which each is one of
// [ScheduleKeys]. What they mean, and whether they are right, is for package schedule.
// A folder is an absolute path.
type Schedule map[string]string

// ScheduleKeys are what can be said of a schedule.
var ScheduleKeys = []string{
	"cron", "zone", "source", "url", "url" + fileSuffix,
	"missed", "missed_within", "overlap", "max_people", "problems",
	"name", "region", "workflow_id", "redirect_url", "return", "send_email_invite", "send_phone_invite",
	"reference_prefix", "mapping", "quiet_hours", "quiet_days", "holidays",
}

const schedulesSection = "schedules"

// readSchedules reads the section "schedules".
func (r *fileReader) readSchedules(line int, n *yaml.Node) {
	r.named.schedules = map[string]Schedule{}
	r.namedBlocks(schedulesSection, "a schedule", "cron: and zone:", line, n, ScheduleKeys, func(name string, b *block) {
		s := Schedule{}
		for _, key := range ScheduleKeys {
			if text := b.text(key); text != "" {
				s[key] = text
			}
		}
		for _, key := range []string{"url" + fileSuffix} {
			if s[key] != "" {
				s[key] = in(r.dir, s[key])
			}
		}
		r.named.schedules[name] = s
	})
}
