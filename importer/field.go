package importer

// field is a value of an applicant that a column can hold.
type field int

const (
	firstName field = iota
	lastName
	email
	phone
	externalID
	sendEmailInvite
	sendPhoneInvite
	workflowID
	redirectURL
	fullName // stands for the first two
	country  // of a phone number without a country code
	allFields
)

// fieldNames are the names of the contract, and of what helps to fill it in.
// The header may spell them otherwise; see fold. The first of them are required.
var fieldNames = [allFields]string{"first_name", "last_name", "email", "phone", "external_id",
	"send_email_invite", "send_phone_invite", "workflow_id", "redirect_url", "full_name", "country"}

// fieldList is the names of all fields, in their order.
func fieldList() []string { return fieldNames[:] }

// String is the field's name.
func (f field) String() string { return fieldNames[f] }
