package value

import "testing"

func TestWithPrefix(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ prefix, last, want string }{
		{"van den", "Heuvel", "van den Heuvel"},
		{"Van", "Dam", "Van Dam"},
		{"d'", "Hondt", "d'Hondt"},
		{"d’", "Hondt", "d’Hondt"},
		{"in 't", "Veld", "in 't Veld"},
		{"'t", "Hart", "'t Hart"},
		{"v.d.", "Meer", "v.d. Meer"},
		{"von und zu", "Stein", "von und zu Stein"},
		{"de", "de Boer", "de Boer"},
		{"De", "de Boer", "de Boer"},
		{"de", "Deen", "de Deen"},
		{"van", "Van", "van Van"},
		{"dhr.", "Boer", "Boer"},
		{"Dr.", "Boer", "Boer"},
		{"mr", "Boer", "Boer"},
		{"Anna", "Boer", "Boer"},
		{"-", "Boer", "Boer"},
		{"1", "Boer", "Boer"},
		{" ", "Boer", "Boer"},
	} {
		if got, ok := WithPrefix(c.prefix, c.last); got != c.want || ok != (got != c.last) {
			t.Errorf("%q and %q: got %q (%v), want %q", c.prefix, c.last, got, ok, c.want)
		}
	}
}
