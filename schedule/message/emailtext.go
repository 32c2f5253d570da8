package message

import (
	_ "embed"
	"html/template"
	"strings"
	texttemplate "text/template"

	"usher/batch"
)

//go:embed mail.txt
var plainMail string

//go:embed mail.html
var htmlMail string

var (
	plainTemplate = texttemplate.Must(texttemplate.New("mail.txt").Parse(plainMail))
	htmlTemplate  = template.Must(template.New("mail.html").Parse(htmlMail))
)

// mailPage is what both forms of a mail are made of.
type mailPage struct {
	Subject string
	Lines   []line
	Left    string // how many events are not named
	Note    string
	Target  string
}

// mailText is a letter as plain text and as HTML.
func (l letter) mailText(note string) (plain, html string, err error) {
	p := mailPage{Subject: strings.ToUpper(l.subject[:1]) + l.subject[1:], Lines: l.lines, Note: strings.TrimSpace(note), Target: l.Target}
	if n := l.left(); n > 0 {
		p.Left = "Before these there was " + batch.Counted(n, "more that is not named here.", "more that are not named here.")
	}
	var text, page strings.Builder
	if err := plainTemplate.Execute(&text, p); err != nil {
		return "", "", err
	}
	if err := htmlTemplate.Execute(&page, p); err != nil {
		return "", "", err
	}
	return text.String(), page.String(), nil
}
