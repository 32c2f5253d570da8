package storetest

import "usher/store"

func mendedTests() tests { return tests{"ContactsAfter": contactsAfter} }

func contactsAfter(w *world) {
	first := w.batch(store.Applicant{Email: "first@example.com"})
	good := store.Applicant{Email: "later@example.com", Phone: "+15192220771", ExternalID: "M1"}
	second := w.batch(good, store.Applicant{Email: "bad@example.com", State: store.Rejected})
	mine := w.account
	w.account = w.newAccount("another")
	w.batch(store.Applicant{Email: "other@example.com"})
	w.account = mine
	w.importing(store.Applicant{Email: "soon@example.com"})
	var seen []store.Contact
	w.must(w.st.ContactsAfter(w.Context(), mine, first, func(c store.Contact) { seen = append(seen, c) }))
	checkSame(w.T, []store.Contact{{Batch: second, Email: good.Email, Phone: good.Phone, ExternalID: good.ExternalID}}, seen)
}
