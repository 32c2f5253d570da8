package importer

import (
	"hash/maphash"
	"testing"
)

// Names as two lists have them, in the form "first|last".
func TestNamesAgree(t *testing.T) {
	t.Parallel()
	n := namer{seed: maphash.MakeSeed()}
	hash := func(s [2]string) nameHash { return n.hash(s[0], s[1]) }
	for _, c := range [][2][2]string{
		{{"Ann", "Lee"}, {"ANN", "lee"}},
		{{"Ann", "Lee"}, {"Lee", "Ann"}},
		{{"Jürgen", "Groß"}, {"Juergen", "Gross"}},
		{{"Jürgen", "Groß"}, {"JURGEN", "GROSS"}},
		{{"Bjørn", "Ærø"}, {"Bjoern", "Aeroe"}},
		{{"Bjørn", "Ærø"}, {"Bjorn", "Aero"}},
		{{"Åge", "Kirkegård"}, {"Aage", "Kirkegaard"}},
		{{"Łukasz", "Wiśniewski"}, {"Lukasz", "Wisniewski"}},
		{{"José María", "Núñez"}, {"Maria Jose", "Nunez"}},
		{{"José María", "Núñez"}, {"Nunez Jose", "Maria"}},
		{{"Anna-Lena", "Meyer-Schulz"}, {"Anna Lena", "Meyer Schulz"}},
		{{"Anna-Lena", "Meyer"}, {"Annalena", "Meyer"}},
		{{"Seán", "O’Brien"}, {"Sean", "O'Brien"}},
		{{"Sean", "O'Brien"}, {"Sean", "O Brien"}},
		{{"Sean", "O'Brien"}, {"OBrien", "Sean"}},
		{{"Ana", "De la Cruz"}, {"Delacruz", "Ana"}},
		{{"Zoe Anna", "Lopez"}, {"Zoe", "Anna Lopez"}},
		{{"J. R.", "Smith"}, {"JR", "Smith"}},
		{{"Đorđe", "Þórsson"}, {"Dorde", "Thorsson"}},
		{{"Νίκος", "Παπαδόπουλος"}, {"ΝΙΚΟΣ", "ΠΑΠΑΔΟΠΟΥΛΟΣ"}},
		{{"Алёна", "Зайцева"}, {"АЛЕНА", "ЗАЙЦЕВА"}},
		{{"İbrahim", "Yıldız"}, {"Ibrahim", "Yildiz"}},
		{{"مُحَمَّد", "علي"}, {"محمد", "علي"}},
		{{"", ""}, {"Ann", "Lee"}},
		{{"'--", "."}, {"Ann", "Lee"}},
	} {
		if a, b := hash(c[0]), hash(c[1]); !a.agrees(b) || !b.agrees(a) {
			t.Errorf("%q and %q do not agree", c[0], c[1])
		}
	}
	for _, c := range [][2][2]string{
		{{"Ann", "Lee"}, {"Bob", "Lee"}},
		{{"Amy", "Lee"}, {"May", "Lee"}},
		{{"Ann", "Lee"}, {"Anne", "Lee"}},
		{{"Ann", "Lee"}, {"Ann", "Smith"}},
		{{"Jan", "Müller"}, {"Jana", "Müller"}},
		{{"Maria", "Garcia Lopez"}, {"Maria", "Garcia"}},
		{{"世", "界"}, {"世", "王"}},
		{{"किरण", "राव"}, {"करण", "राव"}},
		{{"Ann", "Lee"}, {"Ann2", "Lee"}},
	} {
		if hash(c[0]).agrees(hash(c[1])) {
			t.Errorf("%q and %q agree", c[0], c[1])
		}
	}
}
