package importer

import (
	"errors"
	"testing"

	"usher/importer/heading"
	"usher/store"
)

// Who comes back to usher needs no address. The mark that stands in its place is
// nothing that a list can give.
func TestReturnToUsher(t *testing.T) {
	t.Parallel()
	plan, err := Check(t.Context(), nil, open(t, "first_name,last_name,email,phone,redirect_url\n"+
		"Ann,Lee,ann@example.com,+447700900001,\n"+
		"Bob,Low,bob@example.com,+447700900002,https://own.example/x\n"+
		"Cy,May,cy@example.com,+447700900003,"+store.ReturnToUsher+"\n"), Options{Defaults: Defaults{Return: true}})
	if err != nil {
		t.Fatal(err)
	}
	if plan.Counts[store.Rejected] != 1 || plan.Tokens != 2 || plan.Problems[0].Column != "redirect_url" {
		t.Errorf("the plan is %+v", plan)
	}
	var option *heading.OptionError
	if err := checkDefaults(Defaults{Return: true, RedirectURL: "https://own.example"}); !errors.As(err, &option) || option.Remedy == "" {
		t.Errorf("both an address and usher: %v", err)
	}
	if got := (Defaults{Return: true}).redirect(); got != store.ReturnToUsher {
		t.Errorf("who comes back to usher has %q", got)
	}
	if got := (Defaults{RedirectURL: "https://own.example"}).redirect(); got != "https://own.example" {
		t.Errorf("who goes elsewhere has %q", got)
	}
}
