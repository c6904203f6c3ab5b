import Basics
import ConfigurationFiles
import Foundation
import TestSupport

/// What is damaged: small files of the project, and what its own writers make.
enum Seeds {
    /// The project's own configuration files of some names, below `Pipelines`, `Data` and `Registry`.
    static func project(_ names: [String]) -> [[UInt8]] {
        var found: [[UInt8]] = []
        for top in ["Pipelines", "Data", "Registry"] {
            let directory = "\(SharedData.repository)/\(top)"
            for path in ((try? FileManager.default.subpathsOfDirectory(atPath: directory)) ?? []).sorted()
            where names.contains(where: {
                path == $0 || path.hasSuffix("/" + $0) || ($0.hasPrefix("*") && path.hasSuffix($0.dropFirst()))
            }) {
                if let data = try? Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(path)")) {
                    found.append([UInt8](data))
                }
            }
        }
        return found.isEmpty ? [Array("schemaVersion: 1\n".utf8)] : found
    }

    /// Stored blocks: a valid gzip file without a compressor.
    static func gzip(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8), count = UInt16(min(bytes.count, 65_535))
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes.prefix(Int(count)) {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        func little(_ value: UInt32, _ width: Int) -> [UInt8] {
            (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
        }
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1] + little(UInt32(count), 2) + little(UInt32(~count), 2)
            + bytes.prefix(Int(count)) + little(~crc, 4) + little(UInt32(count), 4)
    }
}

/// Files of configuration, read as every command reads them.
enum YAML {
    static func read(_ path: String) throws -> JSONValue { try YAMLFile.read(path) }
}
