import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import Testing

/// What becomes of the documents that a host has accepted, where their files are damaged, gone or older copies.
@Suite struct AcceptedDocumentsTests {
    @Test("a damaged or missing installed/authority.json is put back from installed/documents, told, and stops nothing")
    func damagedMemory() throws {
        for text in ["{", "", nil] {
            let fixture = try EnvironmentFixture(), path = fixture.environment.acceptedAuthority
            try fixture.install(1, 2)
            let good = try FileChunks.text(path)
            func damage() throws {
                try Paths.remove(path)
                if let text { try AtomicFile.write(text, to: path) }
            }
            try damage()
            let status = try RuntimeStatus(fixture.environment, clock: fixture.clock)
            #expect(status.problem?.contains("installed/authority.json") == true && status.document == 1)
            let look = try fixture.installer.look()
            let words = "by installed/documents number 1 counts, which a look writes there again"
            #expect(look.problem?.contains(words) == true && look.objection == nil, "\(look.problems)")
            #expect(try FileChunks.text(path) == good && fixture.installer.look().problems.isEmpty)
            // A new one is no worse for what became of the old one.
            try damage()
            try fixture.send(try fixture.kit.next { $0.minimumCostBps = 0 }.authority())
            #expect(try fixture.installer.look().receipts.isEmpty)
            #expect(try fixture.host.view.authority(at: AuthorityKit.start).newest.authority.counter == 2)
            try damage()
            let person = try HostOperator(fixture.environment, person: "ben", reason: "losses", clock: fixture.clock)
            #expect(try person.rollBack(with: fixture.installer).version == 1)
        }
    }

    @Test("where none of the documents that were accepted can be read everything stops, and no new one is thrown away")
    func lostDocuments() throws {
        let fixture = try EnvironmentFixture(), path = fixture.environment.acceptedAuthority
        try fixture.install(1)
        try AtomicFile.write("{", to: path)
        try AtomicFile.write("{", to: "\(fixture.environment.documents)/1.json")
        try fixture.send(try fixture.kit.next { $0.minimumCostBps = 0 }.authority())
        let error = #expect(throws: Failure.self) { try fixture.installer.look() }
        #expect(error?.code == "runtime.state" && error?.hint?.contains("cp -a BACKUP/installed/.") == true)
        #expect(try Paths.entries(fixture.environment.inbox) == ["2.authority.json"])
        #expect(!Paths.exists(fixture.environment.rejected))
        // Of two documents of one number the next one is the end, as the error says.
        let forked = try EnvironmentFixture()
        try forked.install(1)
        var other = forked.kit
        other.document.minimumCostBps = 0
        try AtomicFile.write(try other.authority().envelope.text, to: forked.environment.authorityFile)
        #expect(throws: Failure.self) { try forked.installer.look() }
        try forked.send(try forked.kit.next { $0.minimumCostBps = 0 }.authority())
        let look = try forked.installer.look()
        #expect(look.receipts.isEmpty && look.objection == nil, "\(look.receipts.map(\.text))")
        #expect(try forked.host.view.authority(at: AuthorityKit.start).newest.authority.counter == 2)
    }

    @Test("the document that was accepted is the one that was signed: another limit in it is damage, not a limit")
    func alteredMemory() throws {
        let fixture = try EnvironmentFixture(), second = fixture.kit.next { $0.minimumCostBps = 5 }
        try fixture.send(try second.authority())
        _ = try fixture.installer.look()
        let path = fixture.environment.acceptedAuthority
        let good = try FileChunks.text(path), signed = try Envelope(good)
        let other = try fixture.kit.next { $0.minimumCostBps = 1 }.authority().envelope.payload
        let altered = good.replacing(
            Data(signed.payload).base64EncodedString(), with: Data(other).base64EncodedString())
        #expect(altered != good)
        try AtomicFile.write(altered, to: path)
        let reason = try fixture.refusal(of: TinyModel.bundle(TinyModel.key))
        #expect(reason?.hasPrefix("admission.costs: ") == true, "\(reason ?? "installed")")
        #expect(try FileChunks.text(path) == good)
        // Without another copy of it nobody knows which limit was signed.
        try AtomicFile.write(altered, to: path)
        try Paths.remove(fixture.environment.documents)
        let error = #expect(throws: Failure.self) { try fixture.installer.look() }
        #expect(error?.code == "runtime.state" && error?.hint?.contains("backup") == true, "\(error?.code ?? "")")
    }

    @Test("an older copy of installed/authority.json brings no older document back, and neither does taking it away")
    func olderAccepted() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment
        try fixture.install(1)
        let first = try FileChunks.text(environment.acceptedAuthority)
        let revoked = fixture.kit.next(key: "signer") {
            $0.revoked = PublicKey.Revocation(at: AuthorityKit.start, reason: "stolen")
        }
        try fixture.send(try revoked.authority())
        _ = try fixture.installer.look()
        let second = try FileChunks.text(environment.acceptedAuthority)
        for path in [environment.acceptedAuthority, environment.authorityFile] {
            try AtomicFile.write(first, to: path)
        }
        let reason = try fixture.refusal(of: TinyModel.bundle(TinyModel.key, version: 2))
        #expect(reason?.hasPrefix("admission.order-key: ") == true, "\(reason ?? "installed")")
        #expect(try fixture.host.view.authority(at: AuthorityKit.start).newest.authority.counter == 2)
        #expect(try FileChunks.text(environment.acceptedAuthority) == second, "it is written anew")
        // Whoever puts a document of their own there is not believed, and stops nothing.
        let third = fixture.kit.next { $0.counter = 3 }
        let forged = Paths.join(environment.documents, "3.json")
        try AtomicFile.write(
            try third.authority(signers: [SigningKey(generating: "stranger")]).envelope.text, to: forged)
        let words = "found among the documents that were accepted a document 3, which does not follow from document 2: "
        #expect(try fixture.installer.look().problems.contains { $0.hasPrefix(words) })
        #expect(try FileChunks.text(environment.acceptedAuthority) == second)
        try Paths.remove(forged)
        // The old one still lies beside the host's things.
        try Paths.remove(environment.acceptedAuthority)
        let gone = try fixture.refusal(of: TinyModel.bundle(TinyModel.key, version: 3))
        #expect(gone?.hasPrefix("admission.order-key: ") == true, "\(gone ?? "installed")")
        #expect(try FileChunks.text(environment.acceptedAuthority) == second, "it is written anew")
    }
}
