import Basics
import Foundation

/// Reads many files once, on all cores: hashes each, checks the hash where it is known, and puts a copy where it
/// belongs.
///
/// Small files are read into one buffer and hashed sixteen at a time; large ones are streamed. A copy appears under its
/// name only when it is whole and its hash is right: it is written to a file without a name and linked in, or where
/// that does not exist, under a temporary name on the same file system and renamed. Copies are not flushed to the disk
/// one by one (`fsync` would cost more than everything else); every reader checks the hash instead.
struct BulkCopier: Sendable {
    struct Target: Sendable {
        var path: String
        var mode: mode_t
    }

    var count: Int
    var source: @Sendable (Int) -> (path: String, size: Int)
    /// How a file must stand before and after it is read, so that no half of an edit is recorded; nil where the hash
    /// is known and tells more.
    var stamp: (@Sendable (Int) -> FileStamp)?
    /// The hash that a file must have.
    var expected: (@Sendable (Int) -> MD5Digest)?
    /// Where a copy goes; nil for none.
    var target: (@Sendable (Int, MD5Digest) -> Target?)?
    /// For a file whose hash is not the expected one; nil to leave that file out and go on.
    var mismatch: @Sendable (Int, MD5Digest) -> (any UserFacingError)? = { _, _ in
        Failure("data.changed-while-reading", "a file changed while it was read")
    }
    /// What to do with a file that cannot be read: nil to leave that file out and go on. Without it the run fails.
    var unreadable: (@Sendable (Int, FileError) -> (any UserFacingError)?)?
    /// A directory on the file system of the targets.
    var temporary: String
    var progress: TransferProgress?

    private static let smallLimit = 8 << 20
    private static let batchBytes = 32 << 20
    private static let batchFiles = 64

    init(count: Int, temporary: String = "", source: @escaping @Sendable (Int) -> (path: String, size: Int)) {
        self.count = count
        self.temporary = temporary
        self.source = source
    }

    /// Returns the hash of every file.
    ///
    /// - Throws: the first error; copies that were finished before stay.
    func run() throws -> [MD5Digest] {
        var digests = [MD5Digest](repeating: MD5Digest(high: 0, low: 0), count: count)
        guard count > 0 else { return [] }
        if !temporary.isEmpty { try Paths.makeDirectory(temporary) }
        let cursor = Guarded(0)
        let failure = Guarded<(any UserFacingError)?>(nil)
        digests.withUnsafeMutableBufferPointer { digests in
            let digests = SendablePointer(digests)
            // Two workers at least hide the latency of reading; more than cores would only compete.
            let workers = min(Parallel.threads, count)
            let work: @Sendable (Int) -> Void = { worker in
                var worker = Worker(copier: self, number: worker)
                while failure.value == nil {
                    let batch = cursor.update { next in self.batch(from: &next) }
                    if batch.isEmpty { return }
                    do throws(CopyFailure) { try worker.run(batch, digests) } catch {
                        failure.update { $0 = $0 ?? error.error }
                    }
                }
            }
            if workers == 1 { work(0) } else { DispatchQueue.concurrentPerform(iterations: workers, execute: work) }
        }
        if let error = failure.value { throw error }
        return digests
    }

    private func batch(from next: inout Int) -> Range<Int> {
        let start = next
        var bytes = 0
        // The end of the work is dealt in smaller hands, so that all cores finish together.
        let files = max(1, min(BulkCopier.batchFiles, (count - start) / (2 * Parallel.threads)))
        while next < count, next - start < files {
            let size = source(next).size
            if size > BulkCopier.smallLimit {
                if next == start { next += 1 }
                break
            }
            if next > start, bytes + size > BulkCopier.batchBytes { break }
            bytes += size + 1
            next += 1
        }
        return start..<next
    }

    private struct Worker {
        let copier: BulkCopier
        let number: Int
        var memory: [UInt8] = []
        var made = 0

        init(copier: BulkCopier, number: Int) {
            self.copier = copier
            self.number = number
        }

        mutating func run(_ batch: Range<Int>, _ digests: SendablePointer<MD5Digest>) throws(CopyFailure) {
            let items = batch.map { copier.source($0) }
            if items.count == 1, items[0].size > BulkCopier.smallLimit {
                return try stream(batch.lowerBound, items[0].path, digests)
            }
            let total = items.reduce(0) { $0 + $1.size + 1 }
            if memory.count < total { memory = [UInt8](unsafeUninitializedCapacity: total) { $1 = total } }
            var places: [Range<Int>?] = [], leftOut: Set<Int> = []
            var at = 0
            for (offset, item) in items.enumerated() {
                // One byte more than expected tells a file that has grown.
                let index = batch.lowerBound + offset, got: Int
                do { got = try read(item.path, copier.stamp?(index), at: at, limit: item.size + 1) } catch {
                    if let error = copier.answer(to: error, index) { throw CopyFailure(error: error) }
                    places.append(.none)
                    leftOut.insert(index)
                    continue
                }
                places.append(got <= item.size ? at..<at + got : nil)
                at += item.size + 1
            }
            let hashes: [MD5Digest] = memory.withUnsafeBytes { memory in
                MD5Digest.many(places.map { place in UnsafeRawBufferPointer(rebasing: memory[place ?? 0..<0]) })
            }
            for (offset, index) in batch.enumerated() where !leftOut.contains(index) {
                guard let place = places[offset] else {
                    try stream(index, items[offset].path, digests)
                    continue
                }
                let digest = hashes[offset]
                digests.value[index] = digest
                if let expected = copier.expected?(index), expected != digest {
                    if let error = copier.mismatch(index, digest) { throw CopyFailure(error: error) }
                    continue
                }
                if let target = copier.target?(index, digest) {
                    let (temporary, descriptor) = try create(target)
                    let error = memory.withUnsafeBytes {
                        StreamedFile.writeAll(UnsafeRawBufferPointer(rebasing: $0[place]), descriptor, target.path)
                    }
                    try finish(temporary, descriptor, target, error)
                }
                copier.progress?.add(files: 1, bytes: place.count)
            }
        }

        private mutating func read(_ path: String, _ stamp: FileStamp?, at start: Int, limit: Int)
            throws(CopyFailure) -> Int
        {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw CopyFailure(error: FileError("open", path)) }
            defer { close(descriptor) }
            if let stamp, FileStamp.of(descriptor) != stamp { throw CopyFailure(error: FileStamp.unsteady(path)) }
            var filled = 0
            while filled < limit {
                let count = memory.withUnsafeMutableBytes {
                    Foundation.read(descriptor, $0.baseAddress.map { $0 + start + filled }, limit - filled)
                }
                if count < 0 {
                    if errno == EINTR { continue }
                    throw CopyFailure(error: FileError("read", path))
                }
                if count == 0 { break }
                filled += count
            }
            if let stamp, FileStamp.of(descriptor) != stamp || filled != stamp.size {
                throw CopyFailure(error: FileStamp.unsteady(path))
            }
            return filled
        }

        private mutating func stream(_ index: Int, _ path: String, _ digests: SendablePointer<MD5Digest>)
            throws(CopyFailure)
        {
            // Where the copy goes may depend on the hash; any target's mode tells how to create it.
            let probe = copier.target?(index, copier.expected?(index) ?? MD5Digest(high: 0, low: 0))
            guard copier.target != nil, let probe else {
                let digest: MD5Digest
                do {
                    digest = try StreamedFile.hash(path, stamp: copier.stamp?(index), progress: copier.progress).digest
                } catch {
                    if let error = copier.answer(to: CopyFailure(error), index) { throw CopyFailure(error: error) }
                    return
                }
                digests.value[index] = digest
                copier.progress?.add(files: 1, bytes: 0)
                if let expected = copier.expected?(index), expected != digest,
                    let error = copier.mismatch(index, digest)
                {
                    throw CopyFailure(error: error)
                }
                return
            }
            let (temporary, descriptor) = try create(probe, in: copier.expected == nil ? copier.temporary : nil)
            let digest: MD5Digest
            do {
                digest = try StreamedFile.copy(
                    path, stamp: copier.stamp?(index), output: descriptor, outputPath: probe.path,
                    progress: copier.progress
                ).digest
            } catch {
                close(descriptor)
                if let temporary { unlink(temporary) }
                if let error = copier.answer(to: CopyFailure(error), index) { throw CopyFailure(error: error) }
                return
            }
            digests.value[index] = digest
            guard copier.expected.map({ $0(index) == digest }) ?? true else {
                close(descriptor)
                if let temporary { unlink(temporary) }
                if let error = copier.mismatch(index, digest) { throw CopyFailure(error: error) }
                return
            }
            guard let target = copier.target?(index, digest) else {
                close(descriptor)
                if let temporary { unlink(temporary) }
                return
            }
            try finish(temporary, descriptor, target, nil)
            copier.progress?.add(files: 1, bytes: 0)
        }

        /// A file without a name in the directory of its target, or where the hash decides on the place in `folder`: it
        /// leaves nothing behind when this process is killed. Without such a thing, one with a temporary name.
        private mutating func create(_ target: Target, in folder: String? = nil) throws(CopyFailure) -> (
            path: String?, descriptor: Int32
        ) {
            let directory = folder ?? Paths.parent(target.path)
            if BulkCopier.canLinkDescriptors {
                var descriptor = open(directory, BulkCopier.unnamed | O_WRONLY | O_CLOEXEC, target.mode)
                if descriptor < 0, errno == ENOENT {
                    try makeDirectory(directory)
                    descriptor = open(directory, BulkCopier.unnamed | O_WRONLY | O_CLOEXEC, target.mode)
                }
                if descriptor >= 0 { return (nil, descriptor) }
                if ![EOPNOTSUPP, EISDIR, EINVAL, ENOTSUP].contains(errno) {
                    throw CopyFailure(error: FileError("create a file in", directory))
                }
            }
            let path = temporaryName()
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, target.mode)
            guard descriptor >= 0 else { throw CopyFailure(error: FileError("create", path)) }
            return (path, descriptor)
        }

        private mutating func temporaryName() -> String {
            made += 1
            return "\(copier.temporary)/\(getpid())-\(UInt32.random(in: .min ... .max))-\(number)-\(made)"
        }

        private func makeDirectory(_ path: String) throws(CopyFailure) {
            do { try Paths.makeDirectory(path) } catch {
                throw CopyFailure(error: error as? any UserFacingError ?? FileError("create the directory", path))
            }
        }

        /// Gives the file its name, over whatever stood there.
        private mutating func finish(_ temporary: String?, _ descriptor: Int32, _ target: Target, _ error: FileError?)
            throws(CopyFailure)
        {
            defer { close(descriptor) }
            if let error {
                if let temporary { unlink(temporary) }
                throw CopyFailure(error: error)
            }
            var name = temporary
            if name == nil {
                let own = "/proc/self/fd/\(descriptor)"
                if linkat(AT_FDCWD, own, AT_FDCWD, target.path, AT_SYMLINK_FOLLOW) == 0 { return }
                if errno == ENOENT {
                    try makeDirectory(Paths.parent(target.path))
                    if linkat(AT_FDCWD, own, AT_FDCWD, target.path, AT_SYMLINK_FOLLOW) == 0 { return }
                }
                guard errno == EEXIST else { throw CopyFailure(error: FileError("write", target.path)) }
                // Only a name can replace a name.
                let path = temporaryName()
                guard linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 else {
                    throw CopyFailure(error: FileError("create", path))
                }
                name = path
            }
            guard let name else { return }
            if rename(name, target.path) == 0 { return }
            if errno == ENOENT {
                try makeDirectory(Paths.parent(target.path))
                if rename(name, target.path) == 0 { return }
            }
            let failure = FileError("rename to", target.path)
            unlink(name)
            throw CopyFailure(error: failure)
        }
    }

    /// `O_TMPFILE`, which Swift's import of the C headers leaves out.
    private static let unnamed: Int32 = 0o20_000_000 | O_DIRECTORY
    private static let canLinkDescriptors = access("/proc/self/fd", X_OK) == 0
}
