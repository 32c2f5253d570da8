package web

import "usher/schedule"

// keyWords are what a page says of a key of schedules.
type keyWords struct {
	Key   string
	Label string
	Hint  string
	Is    []option // the values that it can have, if there are only some
}

// option is a value that can be chosen.
type option struct {
	Value, Words string
	Chosen       bool
}

// keyGroup are keys that belong together.
type keyGroup struct {
	Title, Words string
	Keys         []keyWords
}

var yesNo = []option{{Value: "true", Words: "yes"}, {Value: "false", Words: "no"}}

// keyGroups are all that can be said of a schedule, in the order in which people are
// asked.
var keyGroups = []keyGroup{
	{"When it is due", "", []keyWords{
		{Key: "cron", Label: "When", Hint: "Minute, hour, day of the month, month, day of the week: 30 7 * * 1-5 is half past seven from Monday to Friday. Or one of @hourly, @daily, @weekly and @monthly."},
		{Key: "zone", Label: "Time zone", Hint: "Such as Europe/Berlin. The clock on the wall there counts, also on the days when it is changed."},
	}},
	{"Where the list comes from", "One of the two.", []keyWords{
		{Key: "source", Label: "Database", Hint: "One of those in usher.yaml."},
		{Key: "url", Label: "Address of a file", Hint: "A CSV file or an Excel workbook, at an address that begins with https://. Operators can read it here; an address that is a secret belongs into usher.yaml (url_file)."},
		{Key: "url_file", Label: "File with the address"},
		{Key: "folder", Label: "Folder"},
	}},
	{"Rules", "", []keyWords{
		{Key: "missed", Label: "When nobody worked at that time", Is: []option{
			{Value: schedule.MissedRun, Words: "do it late"}, {Value: schedule.MissedSkip, Words: "leave it out"}, {Value: schedule.MissedAsk, Words: "ask an operator"}}},
		{Key: "missed_within", Label: "Do it late by less than", Hint: "Such as 90m or 12h. 0s is however late."},
		{Key: "overlap", Label: "When the time before is not over", Is: []option{
			{Value: schedule.OverlapSkip, Words: "leave it out"}, {Value: schedule.OverlapWait, Words: "wait for it"}}},
		{Key: "max_people", Label: "Most people without a yes", Hint: "With more it waits for an operator. 0 is no limit."},
		{Key: "problems", Label: "When rows have problems", Is: []option{
			{Value: schedule.ProblemsLeaveOut, Words: "invite the others"}, {Value: schedule.ProblemsRefuse, Words: "invite nobody"}}},
	}},
	{"The batch", "", []keyWords{
		{Key: "name", Label: "Name of the batch", Hint: "{schedule}, {date} and {time} stand for what they say."},
		{Key: "region", Label: "Country of phone numbers without a country code", Hint: "Two letters, such as GB or DE."},
		{Key: "workflow_id", Label: "Workflow", Hint: "Its id at the provider."},
		{Key: "redirect_url", Label: "Page to go to afterwards", Hint: "An address that begins with https://."},
		{Key: "return", Label: "People come back to a page of usher afterwards", Hint: "In place of such an address.", Is: yesNo},
		{Key: "send_email_invite", Label: "The provider sends an e-mail", Is: yesNo},
		{Key: "send_phone_invite", Label: "The provider sends an SMS", Is: yesNo},
		{Key: "reference_prefix", Label: "Prefix of references", Hint: "Put before each reference of the list, such as acme-."},
		{Key: "mapping", Label: "Saved mapping of columns", Hint: "What the columns of the list are. Mappings are saved where a list is brought."},
	}},
	{"Quiet times", "Nobody of its batches is invited then; they go on by themselves afterwards. The schedule's time zone counts.", []keyWords{
		{Key: "quiet_hours", Label: "Quiet hours", Hint: "Such as 20:00-07:00. Several are separated by commas."},
		{Key: "quiet_days", Label: "Quiet days", Hint: "Such as sat,sun."},
		{Key: "holidays", Label: "Holidays", Hint: "Dates such as 2026-12-25, separated by commas."},
	}},
}

// wordsOf are the words for a value.
func (k keyWords) wordsOf(value string) string {
	for _, o := range k.Is {
		if o.Value == value {
			return o.Words
		}
	}
	return value
}

// saidGroup is what is said of a schedule that belongs together.
type saidGroup struct {
	Title string
	Said  []saidKey
}

// saidKey is what counts for a key.
type saidKey struct {
	Label, Words string
	Usual        bool // nothing is said, so this counts
}

// said is all that counts for a schedule, of what is said and by default.
func (h *Handler) said(texts map[string]string) (all []saidGroup) {
	usual := h.schedules.Defaults()
	for _, g := range keyGroups {
		group := saidGroup{Title: g.Title}
		for _, k := range g.Keys {
			text, ok := texts[k.Key]
			if !ok {
				text = usual[k.Key]
			}
			if text != "" {
				group.Said = append(group.Said, saidKey{k.Label, k.wordsOf(text), !ok})
			}
		}
		if len(group.Said) > 0 {
			all = append(all, group)
		}
	}
	return all
}

// wordsOfKey are what a page says of a key.
func wordsOfKey(key string) keyWords {
	for _, g := range keyGroups {
		for _, k := range g.Keys {
			if k.Key == key {
				return k
			}
		}
	}
	return keyWords{Key: key, Label: key}
}
