package batch

import (
	"cmp"
	"time"

	"usher/config"
	"usher/importer"
	"usher/importer/heading"
)

// Reading says how a list is read, by a check and by an import alike.
type Reading struct {
	Sheet   string // of a workbook; the profile's, or the first with a header, when empty
	Columns Columns
	// RegionGiven and WorkflowGiven mean that those of the settings were asked for for
	// this list, so that they go before the profile's; else they come after them.
	RegionGiven, WorkflowGiven bool
	// AllowDuplicates lets people through whom an earlier batch invited, or who
	// were invited as the list says.
	AllowDuplicates bool
	// ReinviteAfter lets people through whose invitation is older; 0 never does.
	ReinviteAfter time.Duration
	// ReinviteChanged lets people through whose e-mail or phone has changed under
	// the same external id and name.
	ReinviteChanged bool
}

// profile puts together what was given for this list and the profile's. Of the
// settings it has only what was given.
func (r Reading) profile(d config.Defaults) (heading.Profile, error) {
	p, err := r.Columns.read()
	if err != nil {
		return p, err
	}
	p.Sheet = cmp.Or(r.Sheet, p.Sheet)
	if r.RegionGiven {
		p.Region = d.Region
	}
	if r.WorkflowGiven {
		p.WorkflowID = d.WorkflowID
	}
	if r.Columns.SaveAs == "" {
		return p, nil
	}
	if p.IsEmpty() {
		return p, requestError("say which column is which with --map, or give --region, --sheet, --workflow-id or --name-order",
			"there is nothing to keep as profile %q", r.Columns.SaveAs)
	}
	_, err = r.Columns.path(r.Columns.SaveAs)
	return p, err
}

// save keeps how a list was read as a profile, once it has been read, if it is to be
// kept.
func (r Reading) save(d config.Defaults, tell Teller) error {
	if r.Columns.SaveAs == "" {
		return nil
	}
	p, err := r.profile(d)
	if err != nil {
		return err
	}
	return r.Columns.save(p, tell)
}

func (r Reading) options(s *Service) (importer.Options, error) {
	d := s.cfg.Defaults
	p, err := r.profile(d)
	return importer.Options{
		Account: s.account, Sheet: p.Sheet, SheetOfWorkbooks: r.Sheet == "", Columns: p.Columns,
		AllowDuplicates: r.AllowDuplicates, ReinviteAfter: r.ReinviteAfter, ReinviteChanged: r.ReinviteChanged,
		Defaults: importer.Defaults{
			SendEmailInvite: d.SendEmailInvite, SendPhoneInvite: d.SendPhoneInvite, WorkflowID: cmp.Or(p.WorkflowID, d.WorkflowID),
			RedirectURL: d.RedirectURL, Return: d.Return, Region: cmp.Or(p.Region, d.Region),
			ReferencePrefix: d.ReferencePrefix, NameOrder: p.NameOrder,
		},
	}, err
}
