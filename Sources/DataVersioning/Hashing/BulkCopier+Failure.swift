import Basics

extension BulkCopier {
    struct CopyFailure: Error {
        var error: any UserFacingError

        init(error: any UserFacingError) { self.error = error }
        init(_ error: any Error) { self.error = error as? any UserFacingError ?? Failure("internal", "\(error)") }
    }

    /// The error that ends the run for a file that could not be read; nil to go on without that file.
    func answer(to failure: CopyFailure, _ index: Int) -> (any UserFacingError)? {
        // What cannot be written, as on a full disk, is no fault of the file that is read.
        guard let unreadable, let error = failure.error as? FileError, error.path == source(index).path else {
            return failure.error
        }
        return unreadable(index, error)
    }
}
