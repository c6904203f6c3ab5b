import Basics
import Foundation

/// A reader, with what it reads when nothing is damaged.
struct Surface: Sendable {
    let name: String
    /// Its share of the cases.
    var weight = 4
    var isText = true
    let seeds: [[UInt8]]
    private let body: @Sendable ([UInt8]) throws -> Void

    init(
        _ name: String, weight: Int = 4, isText: Bool = true, seeds: [[UInt8]],
        _ body: @escaping @Sendable ([UInt8]) throws -> Void
    ) {
        (self.name, self.weight, self.isText, self.seeds, self.body) = (name, weight, isText, seeds, body)
    }

    /// A reader of texts.
    init(_ name: String, weight: Int = 4, _ seeds: [String], _ body: @escaping @Sendable (String) throws -> Void) {
        self.init(name, weight: weight, seeds: seeds.map { Array($0.utf8) }) {
            try body(String(decoding: $0, as: UTF8.self))
        }
    }

    /// A reader of files, which sees the bytes under a name.
    init(
        file: String, _ name: String, weight: Int = 4, isText: Bool = true, seeds: [[UInt8]],
        _ body: @escaping @Sendable (String) throws -> Void
    ) {
        self.init(name, weight: weight, isText: isText, seeds: seeds) { bytes in
            let path = "\(Surface.scratch.path)/\(name)-\(file)"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            try body(path)
        }
    }

    static let scratch: ScratchPlace = ScratchPlace()

    func read(_ bytes: [UInt8]) throws { try body(bytes) }

    func input(seed: UInt64, number: UInt64) -> [UInt8] {
        var mutation = Mutation(seed: seed, number: number)
        return mutation.mutated(seeds, isText: isText)
    }

    static let all = texts + files + market + models + databases + statements
}

/// A directory for the process, in memory where there is such a place.
final class ScratchPlace: Sendable {
    let path: String

    init() {
        let top = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
        path = "\(top)/fuzz-\(getpid())"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
}
