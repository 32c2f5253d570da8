package batch

import (
	"errors"
	"strings"

	"usher/config"
)

// checkReturnPage looks whether the settings of the page that people come back to fit
// together. It makes no secret, and shows none.
func checkReturnPage(cfg *config.Config) Finding {
	const what = "return page"
	if lacks := lacksForReturns(cfg); len(lacks) > 0 {
		return withoutReturnPage(cfg, what, lacks)
	}
	f := Finding{What: what, Note: "people can come back to " + cfg.Web.PublicURL}
	if !cfg.Defaults.Return {
		f.Note += ", if an import says so (--return)"
	}
	if cfg.Web.ReturnTo != "" {
		f.Note += "; it leads on to web.return_to"
	}
	if cfg.Web.ReturnSecret != "" {
		return f
	}
	path := strings.TrimPrefix(cfg.Database, "sqlite:")
	secret, err := secretBeside(path, false)
	switch {
	case err != nil:
		return Problem(what, err)
	case secret == "":
		f.Note += "; the secret for it is made beside the database when it is first needed"
	default:
		f.Note += "; the secret for it lies beside the database"
	}
	return f
}

// withoutReturnPage tells what is missing for people to come back. That is a problem
// where a setting says that they are to.
func withoutReturnPage(cfg *config.Config, what string, lacks []*OptionError) Finding {
	problems, remedies := make([]string, len(lacks)), make([]string, len(lacks))
	for i, l := range lacks {
		problems[i], remedies[i] = l.Problem, l.Remedy
	}
	missing := strings.Join(problems, "; ")
	f := Finding{What: what, Hint: strings.Join(remedies, "; ")}
	idle := map[[2]bool]string{
		{true, false}: "web.return_secret is",
		{false, true}: "web.return_to is",
		{true, true}:  "web.return_secret and web.return_to are",
	}[[2]bool{cfg.Web.ReturnSecret != "", cfg.Web.ReturnTo != ""}]
	switch {
	case cfg.Defaults.Return:
		f.Err = errors.New("defaults.return has people come back to usher, and they cannot: " + missing)
	case idle != "":
		f.Err = errors.New(idle + " set without use, as people cannot come back to usher: " + missing)
	default:
		f.Note = "not in use; an import with --return would be refused: " + missing
	}
	return f
}

// checkWebhooks looks whether the provider's webhooks are taken, and where.
func checkWebhooks(cfg *config.Config) Finding {
	f := Finding{What: "webhooks"}
	switch {
	case cfg.Web.WebhookSecret == "":
		f.Note = "none are taken (web.webhook_secret is not set): what browsers say of people who come back is not confirmed"
	case cfg.Web.WebhookSecret == cfg.Web.ReturnSecret:
		f.Err = errors.New("web.webhook_secret and web.return_secret are the same: the provider knows the one, and could come back as anybody with the other")
		f.Hint = "set web.return_secret to another, made with 'openssl rand -base64 32'; the addresses of those who were invited before no longer work then"
	case reachable(cfg):
		f.Note = "taken at " + cfg.Web.PublicURL + WebhookPath
	default:
		f.Note = "taken by 'usher serve' at " + WebhookPath + "; web.public_url would say at which https address the provider is to send them"
	}
	return f
}
