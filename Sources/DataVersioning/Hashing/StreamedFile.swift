import Basics
import Crypto
import Foundation

/// Hashes a large file, and copies it on the way, in constant memory: one thread reads and writes, the other one
/// hashes, since one stream of MD5 is bound by its own chain of dependencies and must never wait.
///
/// Copies are written past the page cache as long as the disk keeps up with the hash: filling the cache with a gigabyte
/// that nobody reads soon costs more than writing it, and pushes out what others need. A slow disk, or one that cannot,
/// gets ordinary writes.
enum StreamedFile {
    private static let chunk = 2 << 20
    private static let slots = 4

    /// - Parameter stamp: how the file must stand before and after; nil where only the hash counts.
    static func hash(_ path: String, stamp: FileStamp? = nil, progress: TransferProgress? = nil) throws -> (
        digest: MD5Digest, size: Int
    ) {
        try run(path, stamp: stamp, output: nil, outputPath: "", progress: progress)
    }

    /// - Parameter output: a descriptor that receives the same bytes that are hashed.
    static func copy(
        _ path: String, stamp: FileStamp? = nil, output: Int32, outputPath: String, progress: TransferProgress? = nil
    ) throws -> (digest: MD5Digest, size: Int) {
        try run(path, stamp: stamp, output: output, outputPath: outputPath, progress: progress)
    }

    private static func run(
        _ path: String, stamp: FileStamp?, output: Int32?, outputPath: String, progress: TransferProgress?
    ) throws -> (digest: MD5Digest, size: Int) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path) }
        defer { close(descriptor) }
        if let stamp, FileStamp.of(descriptor) != stamp { throw FileStamp.unsteady(path) }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        let ring = Ring(bytes: chunk * slots)
        let failure = Guarded<FileError?>(nil)
        let isDirect = output.map { DirectWriting.begin($0) } ?? false
        let reader = Thread {
            var slot = 0
            var direct = DirectWriting(isOn: isDirect)
            while true {
                ring.free.wait()
                let place = UnsafeMutableRawBufferPointer(rebasing: ring.memory[slot * chunk..<(slot + 1) * chunk])
                var filled = 0
                while filled < chunk {
                    let count = read(descriptor, place.baseAddress.map { $0 + filled }, chunk - filled)
                    if count < 0, errno == EINTR { continue }
                    if count < 0 {
                        let error = FileError("read", path)
                        failure.update { $0 = error }
                        filled = 0
                    }
                    if count <= 0 { break }
                    filled += count
                }
                if let output, filled > 0,
                    let error = direct.write(UnsafeRawBufferPointer(rebasing: place[..<filled]), output, outputPath)
                {
                    failure.update { $0 = error }
                    filled = 0
                }
                ring.counts.update { [filled] in $0.append(filled) }
                ring.full.signal()
                if filled < chunk { return }
                slot = (slot + 1) % slots
            }
        }
        reader.stackSize = 1 << 18
        reader.start()
        var hasher = Insecure.MD5()
        var slot = 0, total = 0
        while true {
            ring.full.wait()
            let count = ring.counts.update { $0.removeFirst() }
            hasher.update(
                bufferPointer: UnsafeRawBufferPointer(rebasing: ring.memory[slot * chunk..<slot * chunk + count]))
            total += count
            progress?.add(bytes: count)
            ring.free.signal()
            if count < chunk { break }
            slot = (slot + 1) % slots
        }
        if let error = failure.value { throw error }
        if let stamp, FileStamp.of(descriptor) != stamp || total != stamp.size { throw FileStamp.unsteady(path) }
        return (MD5Digest(hasher.finalize()), total)
    }

    static func writeAll(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32, _ path: String) -> FileError? {
        DescriptorWriting.all(bytes, to: descriptor) ? nil : FileError("write", path)
    }

    /// Writing past the page cache (`O_DIRECT`), in whole blocks from aligned memory.
    private struct DirectWriting {
        #if arch(arm64)
            private static let flag: Int32 = 0o200000
        #else
            private static let flag: Int32 = 0o40000
        #endif
        private static let block = 4096
        /// What MD5 reads a second, about; a disk below that would hold it up.
        private static let wantedRate = 0.6
        var isOn: Bool
        private var bytes = 0
        private var nanoseconds: Nanoseconds = 0

        init(isOn: Bool) { self.isOn = isOn }

        static func begin(_ descriptor: Int32) -> Bool {
            fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | flag) == 0
        }

        private mutating func end(_ descriptor: Int32) {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~DirectWriting.flag)
            isOn = false
        }

        mutating func write(_ data: UnsafeRawBufferPointer, _ descriptor: Int32, _ path: String) -> FileError? {
            var rest = data
            while isOn, rest.count >= DirectWriting.block {
                let whole = rest.count / DirectWriting.block * DirectWriting.block
                let started = Clock.monotonic()
                let written = Foundation.write(descriptor, rest.baseAddress, whole)
                if written < 0 {
                    if errno == EINTR { continue }
                    // The file system takes only ordinary writes, or other blocks.
                    if errno == EINVAL {
                        end(descriptor)
                        break
                    }
                    return FileError("write", path)
                }
                nanoseconds += Clock.monotonic() - started
                bytes += written
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
                if written % DirectWriting.block != 0
                    || (bytes >= 16 << 20 && Double(bytes) < DirectWriting.wantedRate * Double(nanoseconds))
                {
                    end(descriptor)
                }
            }
            if !rest.isEmpty {
                // The last part of a block can only be written the ordinary way.
                if isOn { end(descriptor) }
                return StreamedFile.writeAll(rest, descriptor, path)
            }
            return nil
        }
    }

    /// Buffers that pass from reader to hasher and back. Semaphores order all access to `memory`.
    private final class Ring: @unchecked Sendable {
        let memory: UnsafeMutableRawBufferPointer
        let free = DispatchSemaphore(value: slots)
        let full = DispatchSemaphore(value: 0)
        let counts = Guarded<[Int]>([])

        init(bytes: Int) { memory = .allocate(byteCount: bytes, alignment: 4096) }
        deinit { memory.deallocate() }
    }
}
