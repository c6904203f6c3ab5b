import Basics
import DataVersioning
import Foundation

/// What the partitions of stages have read and made: `partitions.lock`, one line per partition, so that Git merges it
/// line by line.
///
/// While stages run, finished partitions are appended; a torn last line is passed over. At the end the file is written
/// anew, sorted.
struct PartitionLock {
    struct Partition: Equatable {
        /// The file that the partition reads, relative to the stage's directory.
        var input: String
        var inputMD5: String
        /// Hash of the commands, shared dependencies and parameters.
        var recipe: String
        var outputs: [String]
    }

    private static let header =
        "# hftml partitions, format 1: stage, input, MD5 of the input, hash of command and shared inputs, MD5s of the "
        + "outputs\n"

    let path: String
    private(set) var partitions: [String: [String: Partition]] = [:]

    init(_ path: String) throws {
        self.path = path
        guard Paths.exists(path) else { return }
        for line in try FileChunks.text(path).textLines() where !line.hasPrefix("#") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 6, fields[5] == ".", fields[2].utf8.count == 32 else { continue }
            let outputs = fields[4].split(separator: ",").map(String.init)
            partitions[fields[0], default: [:]][fields[1]] = Partition(
                input: fields[1], inputMD5: fields[2], recipe: fields[3], outputs: outputs)
        }
    }

    /// The dot at the end tells a whole line from a torn one.
    private static func line(_ stage: String, _ partition: Partition) -> String {
        "\(stage)\t\(partition.input)\t\(partition.inputMD5)\t\(partition.recipe)"
            + "\t\(partition.outputs.joined(separator: ","))\t.\n"
    }

    subscript(stage: String, input: String) -> Partition? { partitions[stage]?[input] }

    /// The lines of a stage, by input.
    func lines(of stage: String) -> [String: Partition] { partitions[stage] ?? [:] }

    /// Records one partition with one write.
    mutating func append(_ stage: String, _ partition: Partition) throws {
        partitions[stage, default: [:]][partition.input] = partition
        let isNew = !Paths.exists(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw FileError("open", path) }
        defer { close(descriptor) }
        // A torn line of a killed process must not swallow this one.
        let bytes = Array(((isNew ? PartitionLock.header : "\n") + PartitionLock.line(stage, partition)).utf8)
        guard Foundation.write(descriptor, bytes, bytes.count) == bytes.count else { throw FileError("write", path) }
    }

    mutating func keep(_ stage: String, only inputs: Set<String>) {
        partitions[stage] = partitions[stage]?.filter { inputs.contains($0.key) }
    }

    /// Writes the file anew, sorted, with the lines of one stage as they are here and all others as they are there:
    /// another process may have run those meanwhile. Under the repository lock.
    mutating func write(_ stage: String) throws {
        var now = try PartitionLock(path)
        now.partitions[stage] = partitions[stage]
        partitions = now.partitions
        var text = PartitionLock.header
        for stage in partitions.keys.sorted() {
            for input in (partitions[stage] ?? [:]).keys.sorted() {
                if let partition = self[stage, input] { text += PartitionLock.line(stage, partition) }
            }
        }
        try AtomicFile.write(text, to: path)
    }
}

extension PartitionSpec {
    /// One file of a partitioned stage, with what is to be run for it.
    struct Instance: Sendable {
        var input: String
        /// What its name says; nil for a shell pattern.
        var key: PartitionKey?
        var commands: [String]
        var outputs: [String]

        var stem: String { PartitionSpec.stem(input) }
    }

    /// Endings that say how a file is packed.
    private static let packings: Set<String> = [
        "gz", "gzip", "bz2", "xz", "zst", "zstd", "lz4", "snappy", "zip", "tgz", "7z",
    ]
    /// Endings that say what a file is. No exchange's suffix is among them: `ABI.BR` and `0700.HK` stay whole.
    private static let formats: Set<String> = [
        "csv", "tsv", "psv", "txt", "dat", "json", "jsonl", "ndjson", "yaml", "yml", "toml", "xml", "html", "parquet",
        "arrow", "feather", "orc", "avro", "h5", "hdf5", "npy", "npz", "pkl", "pickle", "pth", "safetensors", "onnx",
        "sqlite", "xls", "xlsx", "pcap", "dbn", "itch", "tar", "log",
    ]

    /// `data/raw/2024-01-02_AAPL.csv.gz` → `2024-01-02_AAPL`; `BRK.B.csv` → `BRK.B`: one known packing and one known
    /// format are left out, and nothing else, because symbols have dots as well.
    package static func stem(_ path: String) -> String {
        var stem = Paths.name(path)[...]
        for endings in [packings, formats] {
            guard let dot = stem.lastIndex(of: "."), dot != stem.startIndex,
                endings.contains(stem[stem.index(after: dot)...].lowercased())
            else { continue }
            stem = stem[..<dot]
        }
        return String(stem)
    }
}
