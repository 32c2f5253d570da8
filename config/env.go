package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// configVar names the configuration file.
const configVar = envPrefix + "CONFIG"

// serviceLink matches what Kubernetes puts into every container for a service whose name begins with "usher".
var serviceLink = regexp.MustCompile(`^USHER_(?:[A-Z0-9_]+_)?(?:SERVICE_HOST$|SERVICE_PORT|PORT_[0-9]+_(?:TCP|UDP|SCTP))`)

// environment returns the USHER_ variables that are set and meant for settings. An empty one counts as not set, as
// it does with Docker Compose and most shells' ${NAME:-}.
func environment(env []string) map[string]string {
	vars := map[string]string{}
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, envPrefix) && !foreign(name, value) {
			vars[name] = value
		}
	}
	maps.DeleteFunc(vars, func(_, value string) bool { return value == "" })
	return vars
}

// CommandVars are the variables in which a program that is told something finds what happened. Where that program runs
// usher, they are no settings.
var CommandVars = []string{"USHER_EVENT", "USHER_EVENTS", "USHER_BATCH", "USHER_BATCHES", "USHER_NAME", "USHER_REASON", "USHER_SUBJECT",
	"USHER_MESSAGE", "USHER_FACTS"}

// foreign reports whether a USHER_ variable is not a setting: one of usher's own tests and benchmarks, one that
// Kubernetes made, or one of [CommandVars].
func foreign(name, value string) bool {
	return slices.Contains(CommandVars, name) || name == "USHER_BENCH" || strings.HasPrefix(name, "USHER_TEST_") || strings.HasPrefix(name, "USHER_BENCH_") ||
		serviceLink.MatchString(name) || strings.HasSuffix(name, "_PORT") && strings.Contains(value, "://")
}

// envLayer returns what the variables give.
func envLayer(vars map[string]string) (layer, []Problem) {
	paths := map[string]string{}
	for _, path := range names() {
		paths[envName(path)] = path
	}
	l := layer{}
	var problems []Problem
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		switch path, ok := paths[name]; {
		case ok:
			l.put(path, vars[name], origin{name: name})
		case name != configVar:
			known := append(slices.Sorted(maps.Keys(paths)), configVar)
			problems = append(problems, newProblem("", origin{name: name}, wrong(meant(name, known), "is not a variable of this version")))
		}
	}
	return l, problems
}
