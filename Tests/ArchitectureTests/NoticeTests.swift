import Foundation
import Testing

/// What is linked into the programs is named with its licence.
@Suite struct NoticeTests {
    @Test("NOTICE names every package of Package.swift at its version, with licence and copyright")
    func packages() throws {
        let notice = try SourceTree.read("NOTICE"), manifest = try SourceTree.read("Package.swift")
        for part in manifest.components(separatedBy: ".package(url: \"").dropFirst() {
            let url = String(part.prefix { $0 != "\"" }), name = String(url.split(separator: "/").last ?? "")
            let version = part.components(separatedBy: "exact: \"").dropFirst().first.map { $0.prefix { $0 != "\"" } }
            guard let version, let start = notice.range(of: "\n\(name) \(version) — ") else {
                Issue.record("NOTICE does not name \(name) \(version ?? "")")
                continue
            }
            let entry = notice[start.upperBound...].split(separator: "\n").prefix(3)
            #expect(entry.contains { $0.contains("Copyright") }, "NOTICE has no copyright of \(name)")
            #expect(entry.contains { $0.contains(url) }, "NOTICE has no address of \(name)")
        }
    }
}
