package config

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// Schedule is what usher.yaml says of a schedule: texts by key, of which each is one of
// [ScheduleKeys]. What they mean, and whether they are right, is for package schedule.
// A folder is an absolute path.
type Schedule map[string]string

// ScheduleKeys are what can be said of a schedule.
var ScheduleKeys = []string{
	"cron", "zone", "source", "url", "url" + fileSuffix,
	"missed", "missed_within", "overlap", "max_people", "problems",
	"name", "region", "workflow_id", "redirect_url", "return", "send_email_invite", "send_phone_invite",
	"reference_prefix", "mapping",
}

const schedulesSection = "schedules"

// readSchedules reads the section "schedules".
func (r *fileReader) readSchedules(line int, n *yaml.Node) {
	r.schedules = map[string]Schedule{}
	r.named(schedulesSection, line, n, "cron: and zone:", func(name string, at int, value *yaml.Node) {
		r.schedules[name] = r.texts(schedulesSection+"."+name, value, ScheduleKeys)
		for _, key := range []string{"url" + fileSuffix} {
			if path := r.schedules[name][key]; path != "" {
				r.schedules[name][key] = in(r.dir, path)
			}
		}
	})
}

// named reads a section of things with names, each of which has settings such as
// these.
func (r *fileReader) named(section string, line int, n *yaml.Node, such string, each func(name string, line int, value *yaml.Node)) {
	switch {
	case null(n):
		return
	case n.Kind != yaml.MappingNode || !plainNode(n):
		r.report(section, line, wrong("write a name below it, indented by two spaces, and "+such+" below that", "is a section, not a setting"))
		return
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		path := section + "." + name.Value
		if name.Kind != yaml.ScalarNode || !sourceName.MatchString(name.Value) {
			r.report(section, name.Line, wrong("use letters, digits, - and _, 64 at the most", "a name in it is not a plain word"))
			continue
		}
		if first, twice := lines[name.Value]; twice {
			r.report(path, name.Line, wrong("keep one of the two", "is given twice, the first time in line %d", first))
			continue
		}
		lines[name.Value] = name.Line
		if value.Kind != yaml.MappingNode || !plainNode(value) {
			r.report(path, name.Line, wrong("write "+such+" below it, indented by two more spaces", "has no settings"))
			continue
		}
		each(name.Value, name.Line, value)
	}
}

// texts reads settings that are single texts.
func (r *fileReader) texts(path string, n *yaml.Node, known []string) map[string]string {
	texts, lines := map[string]string{}, map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		key := path + "." + name.Value
		first, twice := lines[name.Value]
		lines[name.Value] = name.Line
		switch {
		case name.Kind != yaml.ScalarNode || !slices.Contains(known, name.Value):
			r.report(path, name.Line, unknownSetting(name.Value, known))
		case twice:
			r.report(key, name.Line, wrong("keep one of the two", "is given twice, the first time in line %d", first))
		case null(value):
		case !plainNode(value):
			r.report(key, value.Line, wrong(special, "its value begins with a sign that YAML reads otherwise"))
		case value.Kind != yaml.ScalarNode:
			r.report(key, name.Line, wrong("write one value after the colon", "has a list or a section for its value"))
		default:
			texts[name.Value] = value.Value
		}
	}
	return texts
}
