package heading

import "slices"

// Field is a value of an applicant that a column can hold.
type Field int

// The fields. A list must have the first four, or the full name in place of two.
const (
	FirstName Field = iota
	LastName
	Email
	Phone
	ExternalID
	SendEmailInvite
	SendPhoneInvite
	WorkflowID
	RedirectURL
	FullName       // stands for the first two
	Country        // of a phone number without a country code
	LastNamePrefix // stands before the last name, where a list has it apart
	NumFields      // how many there are
)

// fieldNames are the names of the contract, and of what helps to fill it in.
// The header may spell them otherwise; see [value.Fold]. The first of them are required.
var fieldNames = [NumFields]string{"first_name", "last_name", "email", "phone", "external_id",
	"send_email_invite", "send_phone_invite", "workflow_id", "redirect_url", "full_name", "country", "last_name_prefix"}

// Fields is the names of all fields, in their order.
func Fields() []string { return fieldNames[:] }

// FieldOf is the field of a name, -1 if there is none.
func FieldOf(name string) Field { return Field(slices.Index(fieldNames[:], name)) }

// String is the field's name.
func (f Field) String() string { return fieldNames[f] }
