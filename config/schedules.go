package config

import "go.yaml.in/yaml/v3"

// Schedule is what usher.yaml says of a schedule: texts by key, of which each is one of
// [ScheduleKeys]. What they mean, and whether they are right, is for package schedule.
// Files and folders of the machine are absolute paths.
type Schedule map[string]string

// ScheduleKeys are what can be said of a schedule.
var ScheduleKeys = []string{
	"cron", "zone", "source", "url", "url" + fileSuffix, "folder",
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
		if key := "url" + fileSuffix; s[key] != "" {
			s[key] = in(r.dir, s[key])
		}
		if given := s["folder"]; given != "" {
			var err error
			if s["folder"], err = pathPlace(r.dir, given); err != nil {
				b.fail("folder", err)
			}
		}
		r.named.schedules[name] = s
	})
}
