import Basics
import Crypto
import Foundation

/// Hashes a large file, and copies it on the way, in constant memory: one thread reads and writes, the other one hashes, since one
/// stream of MD5 is bound by its own chain of dependencies and must never wait.
enum StreamedFile {
    private static let chunk = 512 << 10
    private static let slots = 4

    static func hash(_ path: String, progress: TransferProgress? = nil) throws -> (digest: MD5Digest, size: Int) {
        try run(path, output: nil, outputPath: "", progress: progress)
    }

    /// - Parameter output: a descriptor that receives the same bytes that are hashed.
    static func copy(_ path: String, output: Int32, outputPath: String, progress: TransferProgress? = nil) throws -> (digest: MD5Digest, size: Int) {
        try run(path, output: output, outputPath: outputPath, progress: progress)
    }

    private static func run(_ path: String, output: Int32?, outputPath: String, progress: TransferProgress?) throws -> (digest: MD5Digest, size: Int) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path) }
        defer { close(descriptor) }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        let ring = Ring(bytes: chunk * slots)
        let failure = Guarded<FileError?>(nil)
        let reader = Thread {
            var slot = 0
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
                if let output, filled > 0, let error = writeAll(UnsafeRawBufferPointer(rebasing: place[..<filled]), output, outputPath) {
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
            hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: ring.memory[slot * chunk..<slot * chunk + count]))
            total += count
            progress?.add(bytes: count)
            ring.free.signal()
            if count < chunk { break }
            slot = (slot + 1) % slots
        }
        if let error = failure.value { throw error }
        return (MD5Digest(hasher.finalize()), total)
    }

    static func writeAll(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32, _ path: String) -> FileError? {
        var rest = bytes
        while !rest.isEmpty {
            let written = write(descriptor, rest.baseAddress, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                return FileError("write", path)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
        return nil
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
