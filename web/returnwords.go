package web

// said is what the page says of how a session ended.
type said struct{ Title, Text string }

// returnWords are the words of the page that people come back to, in a language.
type returnWords struct {
	Done     said // handed in; what the provider finds is not known
	Document said
	Face     said
	Expired  said
	Internal said // an error that is not the person's
	Left     said
	Failed   said // for a reason that is not known here
	Ended    said // with a word that is not known here
	Close    string
	Onward   string
}

// of are the words for a status and a reason of the provider's. Both are open sets.
func (w returnWords) of(status, reason string) said {
	switch status {
	case "success":
		return w.Done
	case "failed", "abandoned":
	default:
		return w.Ended
	}
	switch reason {
	case "document_unreadable":
		return w.Document
	case "face_mismatch":
		return w.Face
	case "session_expired":
		return w.Expired
	case "internal_error":
		return w.Internal
	case "user_cancelled":
		return w.Left
	}
	if status == "abandoned" {
		return w.Left
	}
	return w.Failed
}

// returnTexts are the words by language, for people of whom nothing is known.
var returnTexts = map[string]returnWords{
	"en": {
		Done:     said{"Thank you, you are done", "Your details were handed in and are being checked. There is nothing more to do here."},
		Document: said{"Your document could not be read", "Open the link in your invitation and try again: in good light, without reflections, with the whole document in the picture."},
		Face:     said{"Your face did not match the document", "Open the link in your invitation and try again: in good light, looking straight into the camera, with your own document."},
		Expired:  said{"The time for this has run out", "Ask whoever invited you for a new invitation."},
		Internal: said{"Something went wrong", "It was not your fault. Wait a few minutes, open the link in your invitation and try again."},
		Left:     said{"You are not done yet", "You left before the end. To go on, open the link in your invitation again."},
		Failed:   said{"It did not work this time", "Open the link in your invitation and try again. If it fails again, ask whoever invited you."},
		Ended:    said{"You have come back", "If you did not get to the end, open the link in your invitation again."},
		Close:    "You can close this page.",
		Onward:   "Continue",
	},
	"de": {
		Done:     said{"Vielen Dank, Sie sind fertig", "Ihre Angaben wurden übermittelt und werden geprüft. Sie müssen hier nichts weiter tun."},
		Document: said{"Ihr Ausweis war nicht lesbar", "Öffnen Sie den Link in Ihrer Einladung und versuchen Sie es noch einmal: bei gutem Licht, ohne Spiegelungen und mit dem ganzen Ausweis im Bild."},
		Face:     said{"Ihr Gesicht passte nicht zum Ausweis", "Öffnen Sie den Link in Ihrer Einladung und versuchen Sie es noch einmal: bei gutem Licht, mit geradem Blick in die Kamera und mit Ihrem eigenen Ausweis."},
		Expired:  said{"Die Zeit dafür ist abgelaufen", "Bitten Sie die Stelle, die Sie eingeladen hat, um eine neue Einladung."},
		Internal: said{"Etwas ist schiefgegangen", "Es lag nicht an Ihnen. Warten Sie einige Minuten, öffnen Sie dann den Link in Ihrer Einladung und versuchen Sie es noch einmal."},
		Left:     said{"Sie sind noch nicht fertig", "Sie haben vor dem Ende abgebrochen. Um weiterzumachen, öffnen Sie den Link in Ihrer Einladung noch einmal."},
		Failed:   said{"Diesmal hat es nicht geklappt", "Öffnen Sie den Link in Ihrer Einladung und versuchen Sie es noch einmal. Klappt es wieder nicht, fragen Sie die Stelle, die Sie eingeladen hat."},
		Ended:    said{"Sie sind zurück", "Falls Sie nicht bis zum Ende gekommen sind, öffnen Sie den Link in Ihrer Einladung noch einmal."},
		Close:    "Sie können diese Seite schließen.",
		Onward:   "Weiter",
	},
	"fr": {
		Done:     said{"Merci, vous avez terminé", "Vos informations ont été transmises et sont en cours de vérification. Vous n’avez plus rien à faire ici."},
		Document: said{"Votre document n’a pas pu être lu", "Ouvrez le lien de votre invitation et réessayez : avec un bon éclairage, sans reflets et avec le document entier sur l’image."},
		Face:     said{"Votre visage ne correspond pas au document", "Ouvrez le lien de votre invitation et réessayez : avec un bon éclairage, en regardant bien l’appareil et avec votre propre document."},
		Expired:  said{"Le délai est dépassé", "Demandez une nouvelle invitation à l’organisme qui vous a invité."},
		Internal: said{"Un problème est survenu", "Vous n’y êtes pour rien. Attendez quelques minutes, ouvrez le lien de votre invitation et réessayez."},
		Left:     said{"Vous n’avez pas encore terminé", "Vous êtes parti avant la fin. Pour continuer, ouvrez de nouveau le lien de votre invitation."},
		Failed:   said{"Cela n’a pas fonctionné cette fois", "Ouvrez le lien de votre invitation et réessayez. Si cela échoue encore, adressez-vous à l’organisme qui vous a invité."},
		Ended:    said{"Vous voilà de retour", "Si vous n’êtes pas allé jusqu’au bout, ouvrez de nouveau le lien de votre invitation."},
		Close:    "Vous pouvez fermer cette page.",
		Onward:   "Continuer",
	},
	"es": {
		Done:     said{"Gracias, ha terminado", "Sus datos se han enviado y se están comprobando. No tiene que hacer nada más aquí."},
		Document: said{"No se ha podido leer su documento", "Abra el enlace de su invitación e inténtelo de nuevo: con buena luz, sin reflejos y con el documento entero en la imagen."},
		Face:     said{"Su rostro no coincide con el documento", "Abra el enlace de su invitación e inténtelo de nuevo: con buena luz, mirando de frente a la cámara y con su propio documento."},
		Expired:  said{"El plazo ha terminado", "Pida una nueva invitación a quien le invitó."},
		Internal: said{"Algo ha ido mal", "No ha sido culpa suya. Espere unos minutos, abra el enlace de su invitación e inténtelo de nuevo."},
		Left:     said{"Todavía no ha terminado", "Salió antes del final. Para seguir, abra de nuevo el enlace de su invitación."},
		Failed:   said{"Esta vez no ha funcionado", "Abra el enlace de su invitación e inténtelo de nuevo. Si vuelve a fallar, pregunte a quien le invitó."},
		Ended:    said{"Ya está de vuelta", "Si no llegó hasta el final, abra de nuevo el enlace de su invitación."},
		Close:    "Puede cerrar esta página.",
		Onward:   "Continuar",
	},
	"nl": {
		Done:     said{"Dank u wel, u bent klaar", "Uw gegevens zijn verstuurd en worden gecontroleerd. U hoeft hier niets meer te doen."},
		Document: said{"Uw document was niet leesbaar", "Open de link in uw uitnodiging en probeer het opnieuw: bij goed licht, zonder spiegeling en met het hele document in beeld."},
		Face:     said{"Uw gezicht kwam niet overeen met het document", "Open de link in uw uitnodiging en probeer het opnieuw: bij goed licht, recht in de camera kijkend en met uw eigen document."},
		Expired:  said{"De tijd hiervoor is verstreken", "Vraag een nieuwe uitnodiging aan wie u heeft uitgenodigd."},
		Internal: said{"Er is iets misgegaan", "Het lag niet aan u. Wacht een paar minuten, open de link in uw uitnodiging en probeer het opnieuw."},
		Left:     said{"U bent nog niet klaar", "U bent voor het einde gestopt. Open de link in uw uitnodiging opnieuw om verder te gaan."},
		Failed:   said{"Het is deze keer niet gelukt", "Open de link in uw uitnodiging en probeer het opnieuw. Lukt het weer niet, neem dan contact op met wie u heeft uitgenodigd."},
		Ended:    said{"U bent terug", "Bent u niet tot het einde gekomen, open dan de link in uw uitnodiging opnieuw."},
		Close:    "U kunt deze pagina sluiten.",
		Onward:   "Verder",
	},
	"it": {
		Done:     said{"Grazie, ha finito", "I Suoi dati sono stati inviati e sono in corso di verifica. Qui non deve fare altro."},
		Document: said{"Non è stato possibile leggere il documento", "Apra il link del Suo invito e riprovi: con una buona luce, senza riflessi e con tutto il documento nell’immagine."},
		Face:     said{"Il volto non corrisponde al documento", "Apra il link del Suo invito e riprovi: con una buona luce, guardando dritto nella fotocamera e con il Suo documento."},
		Expired:  said{"Il tempo è scaduto", "Chieda un nuovo invito a chi L’ha invitata."},
		Internal: said{"Qualcosa è andato storto", "Non è colpa Sua. Aspetti qualche minuto, apra il link del Suo invito e riprovi."},
		Left:     said{"Non ha ancora finito", "È uscito prima della fine. Per continuare, apra di nuovo il link del Suo invito."},
		Failed:   said{"Questa volta non ha funzionato", "Apra il link del Suo invito e riprovi. Se non funziona ancora, chieda a chi L’ha invitata."},
		Ended:    said{"È di nuovo qui", "Se non è arrivato alla fine, apra di nuovo il link del Suo invito."},
		Close:    "Può chiudere questa pagina.",
		Onward:   "Continua",
	},
	"pt": {
		Done:     said{"Obrigado, terminou", "Os seus dados foram enviados e estão a ser verificados. Não precisa de fazer mais nada aqui."},
		Document: said{"Não foi possível ler o seu documento", "Abra o link do seu convite e tente de novo: com boa luz, sem reflexos e com o documento inteiro na imagem."},
		Face:     said{"O seu rosto não corresponde ao documento", "Abra o link do seu convite e tente de novo: com boa luz, a olhar de frente para a câmara e com o seu próprio documento."},
		Expired:  said{"O prazo terminou", "Peça um novo convite a quem o convidou."},
		Internal: said{"Algo correu mal", "A culpa não foi sua. Espere alguns minutos, abra o link do seu convite e tente de novo."},
		Left:     said{"Ainda não terminou", "Saiu antes do fim. Para continuar, abra de novo o link do seu convite."},
		Failed:   said{"Desta vez não resultou", "Abra o link do seu convite e tente de novo. Se voltar a falhar, fale com quem o convidou."},
		Ended:    said{"Está de volta", "Se não chegou ao fim, abra de novo o link do seu convite."},
		Close:    "Pode fechar esta página.",
		Onward:   "Continuar",
	},
}
