package value

import (
	"strings"
	"testing"
)

func TestSplitNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		order NameOrder
		want  string // first|last, and the title; or the code of the flaw
	}{
		{"Lee, Ann", "", "Ann|Lee"},
		{"van der Berg, Ann Marie", FirstLast, "Ann Marie|van der Berg"},
		{"Lee, Dr. Ann", "", "Ann|Lee|Dr."},
		{"Dr. Lee, Ann", "", "Ann|Lee|Dr."},
		{"Lee, Dr.", "", "full_name_unclear"},
		{"Lee, Jr., Ann", "", "full_name_unclear"},
		{"Ann Lee", "", "full_name_unclear"},
		{"Ann", "", "full_name_one_word"},
		{"Ann", FirstLast, "full_name_one_word"},
		{"Dr. Lee", LastFirst, "full_name_one_word"},
		{"Ann Lee", FirstLast, "Ann|Lee"},
		{"Lee Ann", LastFirst, "Ann|Lee"},
		{"Ann van der Berg", FirstLast, "Ann|van der Berg"},
		{"van der Berg Ann", LastFirst, "Ann|van der Berg"},
		{"Ann Marie Van Dyke", FirstLast, "Ann Marie|Van Dyke"},
		{"Ludwig von Mises", FirstLast, "Ludwig|von Mises"},
		{"von Mises Ludwig Heinrich", LastFirst, "Ludwig Heinrich|von Mises"},
		{"Osama bin Said", FirstLast, "Osama|bin Said"},
		{"Omar al-Rashid", FirstLast, "Omar|al-Rashid"},
		{"al-Rashid Omar", LastFirst, "Omar|al-Rashid"},
		{"José Ortega y Gasset", FirstLast, "José|Ortega y Gasset"},
		{"Ortega y Gasset José", LastFirst, "José|Ortega y Gasset"},
		{"García de la Cruz María", LastFirst, "María|García de la Cruz"},
		{"María del Carmen", FirstLast, "María|del Carmen"},
		{"Leonardo di Caprio", FirstLast, "Leonardo|di Caprio"},
		{"Mary Ben Smith", FirstLast, "Mary Ben|Smith"},
		{"John Smith Jr.", FirstLast, "John|Smith Jr."},
		{"John Smith PhD", FirstLast, "full_name_unclear"},
		{"Dr. Ann Lee", FirstLast, "Ann|Lee|Dr."},
		{"Herr Prof. Dr. Max von Berg", FirstLast, "Max|von Berg|Herr Prof. Dr."},
		{"Mme Dupont Marie", LastFirst, "Marie|Dupont|Mme"},
		{"Sr. Juan Pérez", FirstLast, "Juan|Pérez|Sr."},
		{"Don Draper", FirstLast, "Don|Draper"},
		{"Ing-Marie Ek", FirstLast, "Ing-Marie|Ek"},
		{"Jean-Luc Picard", FirstLast, "Jean-Luc|Picard"},
		{"DUPONT Jean", Capitals, "Jean|DUPONT"},
		{"Jean DUPONT", Capitals, "Jean|DUPONT"},
		{"LE GOFF Yann", Capitals, "Yann|LE GOFF"},
		{"DE LA TOUR Marie-Hélène", Capitals, "Marie-Hélène|DE LA TOUR"},
		{"de LA TOUR Marie", Capitals, "Marie|de LA TOUR"},
		{"Marie de LA TOUR", Capitals, "Marie|de LA TOUR"},
		{"McDONALD Ronald", Capitals, "Ronald|McDONALD"},
		{"O'NEIL Ann", Capitals, "Ann|O'NEIL"},
		{"M. DUPONT Jean", Capitals, "Jean|DUPONT|M."},
		{"M. Yves LE GOFF", Capitals, "Yves|LE GOFF|M."},
		{"M. LE GOFF", Capitals, "full_name_unclear"},
		{"M. Night Shyamalan", FirstLast, "M. Night|Shyamalan"},
		{"Mme LE GOFF Anne", Capitals, "Anne|LE GOFF|Mme"},
		{"DUPONT J.", Capitals, "J.|DUPONT"},
		{"MÜLLER-LÜDENSCHEIDT Jörg", Capitals, "Jörg|MÜLLER-LÜDENSCHEIDT"},
		{"DUPONT JEAN", Capitals, "full_name_unclear"},
		{"DUPONT Jean MARTIN", Capitals, "full_name_unclear"},
		{"Dupont Jean", Capitals, "full_name_unclear"},
	} {
		n, f := SplitName(c.name, c.order)
		got := codeOf(f)
		if f == nil {
			got = strings.TrimSuffix(n.First+"|"+n.Last+"|"+n.Title, "|")
		}
		if got != c.want {
			t.Errorf("%q as %q: got %q, want %q", c.name, c.order, got, c.want)
		}
	}
}

func TestCapitalsOfNameColumns(t *testing.T) {
	t.Parallel()
	for column, want := range map[string]NameOrder{
		"DUPONT Jean; LE GOFF Yann":            Capitals,
		"Jean DUPONT;DUPONT Jean":              Capitals,
		"LI Wei;WANG Xiaoming":                 Capitals,
		"DUPONT Jean;Martin, Ann;;Mme ROY Eva": Capitals,
		"JD Smith":                             "",
		"JD Smith;Ann LEE":                     "",
		"DUPONT Jean;Ann Lee":                  "",
		"DUPONT JEAN":                          "",
		"Ann Lee":                              "",
		"Lee, Ann":                             "",
		"":                                     "",
	} {
		var names NameColumn
		for name := range strings.SplitSeq(column, ";") {
			names.Add(name)
		}
		if got := names.Order(); got != want {
			t.Errorf("%q: got %q, want %q", column, got, want)
		}
	}
}
