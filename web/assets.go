package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed assets/*
var assetFiles embed.FS

// asset is a file that pages name.
type asset struct {
	path string // with a part of its SHA-256, so that it may be kept for ever
	kind string
	text []byte
}

// assets are read when a page is first served. What kinds of files there are stands
// in tables of the system, which are long.
var assets = sync.OnceValue(func() map[string]asset {
	all := map[string]asset{}
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		panic(err) // the folder is embedded: it is there or the program is not
	}
	for _, entry := range entries {
		text, err := assetFiles.ReadFile("assets/" + entry.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(text)
		base, ext, _ := strings.Cut(entry.Name(), ".")
		all[entry.Name()] = asset{"/assets/" + base + "-" + hex.EncodeToString(sum[:6]) + "." + ext, mime.TypeByExtension("." + ext), text}
	}
	return all
})

// assetPath is the address of an asset.
func assetPath(name string) string { return assets()[name].path }

func (h *Handler) asset(w http.ResponseWriter, r *http.Request) error {
	for _, a := range assets() {
		if path.Base(a.path) == r.PathValue("name") {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			w.Header().Set("Content-Type", a.kind)
			_, err := w.Write(a.text)
			return gone(err)
		}
	}
	return errNotFound
}
