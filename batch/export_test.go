package batch

import "context"

// ImportUpload is what the job of an upload does.
func (s *Service) ImportUpload(ctx context.Context, id string) error { return s.importUpload(ctx, id) }
