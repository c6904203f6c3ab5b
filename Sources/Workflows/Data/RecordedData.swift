package import Basics
import DataVersioning

/// What a pointer records after a workflow changed it: the first output, which nearly always is the only one.
package struct RecordedData: Sendable, Equatable {
    /// The `.dvc` file, absolute.
    package let pointer: String
    /// With `.dir` for a directory; empty for an import that was not fetched.
    package let md5: String
    package let bytes: Int
    /// Nil for a single file.
    package let files: Int?
    /// Of an import: where it comes from, as its pointer states it.
    package let source: JSONValue?
    /// Recorded files of a directory that did not stand in the workspace and are on record no more.
    package let droppedFiles: Int
    /// How many of them the cache does not have either.
    package let droppedNotInCache: Int

    /// An output of a stage, recorded in the lock of its pipeline.
    init(_ lock: String, _ entry: DataEntry) {
        pointer = lock
        md5 = entry.md5
        bytes = entry.size
        files = entry.fileCount
        source = nil
        (droppedFiles, droppedNotInCache) = (0, 0)
    }

    init(_ pointer: PointerFile, dropped: DroppedFiles? = nil) {
        (droppedFiles, droppedNotInCache) = (dropped?.count ?? 0, dropped?.uncached ?? 0)
        self.pointer = pointer.path
        md5 = pointer.entry.md5
        bytes = pointer.entry.size
        files = pointer.entry.fileCount
        source = pointer.source
    }
}
