package value

import (
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// drama is a number that is kept for films and manuals (Ofcom, Telephone numbers for
// drama use), so nobody has it.
const drama = "+447700900123"

var examples sync.Map // by region

// exampleIn is how a number of a region is written: a mobile number that is meant for
// examples.
func exampleIn(region string) string {
	if region == "" || region == "GB" {
		return drama
	}
	if s, ok := examples.Load(region); ok {
		return s.(string)
	}
	example := drama
	if num := phonenumbers.GetExampleNumberForType(region, phonenumbers.MOBILE); num != nil {
		example = phonenumbers.Format(num, phonenumbers.E164)
	}
	examples.Store(region, example)
	return example
}

func withPlus(region string) string {
	return "Write it with + and the country code, such as " + exampleIn(region)
}

func oneNumber(region string) string {
	return "Write one number and nothing else, such as " + exampleIn(region)
}

// orRegion is the remedy for a number without a country code where no region is in
// force.
const orRegion = "Write it with + and the country code, such as " + drama + "; or, if all numbers without one are of one country, name that country (--region)"

// NoCountryCode is the code of a number that names no country where no region is in
// force.
const NoCountryCode = "phone_no_country_code"
