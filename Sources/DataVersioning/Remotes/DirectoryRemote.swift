import Basics
import Foundation

/// A remote that is a directory of this machine, or of a network file system.
package struct DirectoryRemote: RemoteStorage {
    package let url: String
    package let parallelTransfers = Parallel.threads
    package let store: ObjectStore

    package init(_ directory: String) {
        url = directory
        store = ObjectStore(directory: directory)
    }

    private func path(_ key: String) -> String { "\(url)/\(key)" }

    package func missing(_ keys: [String]) throws -> [Int] {
        let missing = Guarded<[Int]>([])
        Parallel.ranges(keys.count, minimum: 1_000) { range in
            let found = range.filter { !Paths.exists(path(keys[$0])) }
            missing.update { $0 += found }
        }
        return missing.value.sorted()
    }

    package func list(_ prefix: String) throws -> [(key: String, size: Int, modified: Int)] {
        guard Paths.isDirectory(path(prefix)) else { return [] }
        return try Paths.files(below: path(prefix)).compactMap { name in
            var info = stat()
            guard stat("\(path(prefix))/\(name)", &info) == 0 else { return nil }
            return ("\(prefix)/\(name)", Int(info.st_size), max(info.st_mtim.tv_sec, info.st_atim.tv_sec))
        }
    }

    package func upload(_ file: String, to key: String, progress: TransferProgress?) throws {
        try store.makePartial()
        let temporary = "\(store.partial)/\(getpid())-\(UInt32.random(in: .min ... .max))"
        try AtomicFile.write(to: temporary, mode: key.hasPrefix("runs/") ? 0o644 : 0o444, isDurable: false) { writer in
            try FileChunks.read(file, size: 1 << 20) {
                try writer.append($0)
                progress?.add(bytes: $0.count)
            }
        }
        try Paths.makeDirectory(Paths.parent(path(key)))
        guard rename(temporary, path(key)) == 0 else {
            let error = FileError("rename to", path(key))
            unlink(temporary)
            throw error
        }
    }

    package func download(_ key: String, to file: String, progress: TransferProgress?) throws {
        guard Paths.exists(path(key)) else { throw RemoteError.missing(key, url) }
        unlink(file)
        try AtomicFile.write(to: file, isDurable: false) { writer in
            try FileChunks.read(path(key), size: 1 << 20) {
                try writer.append($0)
                progress?.add(bytes: $0.count)
            }
        }
    }

    package func remove(_ key: String) throws { try Paths.remove(path(key)) }
}
