import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing
import Trading

/// A look that could not end, and a memory that is older than its host.
@Suite struct UnfinishedLookTests {
    @Test("a bundle that came into force in a look that could not end is traded by after the next")
    func tradesWhatIsInForce() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1)
        let bytes = try TinyModel.bundle(TinyModel.key, version: 2, weight: 2), inbox = fixture.environment.inbox
        let file = try ReplayTests.write([Int64](repeating: 0, count: 78), to: fixture.directory)
        let readings = EnvironmentFixture.Ticks(), steps = EnvironmentFixture.Ticks()
        let clock = Clock {
            let now = readings.next()
            // The third reading: the look at the first bar, before the inbox is listed for bundles.
            if now == AuthorityKit.start + 1002 { try? AtomicFile.write(bytes, to: inbox + "/a.hftbundle") }
            return now
        }
        let full = fixture.installer(clock: clock) { step in
            guard step == .current, steps.next() == AuthorityKit.start + 1000 else { return }
            throw FileError("write", "receipts", number: ENOSPC)
        }
        let outcome = try Replay(full).run(data: [file], journal: fixture.directory.file("j.csv"))
        #expect(outcome.model == "tiny/2" && outcome.objection == nil, "\(outcome.model ?? "")")
        #expect(outcome.receipts.map(\.counter) == [2])
        #expect(
            try ReplayTests.lines(outcome.journalPath).map { $0.dropFirst(6) }
                == ["modelInstalled", "reducing", "modelInstalled"])
    }

    @Test("what a look finds to mend while bars run is told by the summary and by the signed health report")
    func toldProblems() throws {
        let fixture = try EnvironmentFixture(), place = fixture.environment.healthFile
        try fixture.install(1, 2)
        let current = fixture.environment.current, halts = fixture.environment.haltMemory
        let file = try ReplayTests.write([Int64](repeating: 0, count: 78), to: fixture.directory)
        let readings = EnvironmentFixture.Ticks()
        let clock = Clock {
            let now = readings.next()
            // The third reading: the look at the first bar.
            if now == AuthorityKit.start + 1002 {
                try? Paths.remove(current)
                try? AtomicFile.write("{}", to: halts)
            }
            return now
        }
        let outcome = try Replay(fixture.installer(clock: clock)).run(
            data: [file], journal: fixture.directory.file("j.csv"))
        #expect(outcome.objection == nil && outcome.problems.count == 2, "\(outcome.problems)")
        #expect(outcome.problems.first?.hasPrefix("found no halts in installed/halts.json: ") == true)
        #expect(outcome.problems.last?.contains("revision 2 was put back from installed/history") == true)
        let report = try HealthReport.read(
            try FileChunks.bytes(place), hosts: [fixture.kit.host.publicKey], environment: "test",
            at: AuthorityKit.start, in: place
        ).report
        for node in [outcome.json(environment: "test"), report] {
            #expect(node[key: "problems"]?.listValue?.compactMap(\.stringValue) == outcome.problems)
        }
    }

    @Test("a memory of runs that a power cut left half written stops nothing: a canary's hours begin anew")
    func halfWrittenRuns() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1)
        try fixture.installer.noteRun(1, at: AuthorityKit.start + 2000)
        let whole = try FileChunks.bytes(fixture.environment.runMemory)
        for bytes in [[], Array(whole.prefix(whole.count / 2)), Array("{}".utf8)] {
            try AtomicFile.write(bytes, to: fixture.environment.runMemory)
            #expect(try fixture.installer.look().objection == nil && fixture.host.view.history().runs.isEmpty)
        }
        try fixture.installer.noteRun(1, at: AuthorityKit.start + 3000)
        #expect(try fixture.host.view.history().runs.map(\.from) == [AuthorityKit.start + 3000])
    }

    @Test("a memory that is older than what this host has signed is damage, and no bundle is thrown away for it")
    func olderMemory() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment
        try fixture.install(1)
        let state = try FileChunks.bytes(environment.stateFile), current = try FileChunks.bytes(environment.current)
        try fixture.install(2)
        // Both taken from an older copy: without more, order 2 could be taken a second time.
        try AtomicFile.write(state, to: environment.stateFile)
        try AtomicFile.write(current, to: environment.current)
        let error = #expect(throws: Failure.self) { try fixture.installer.look() }
        #expect(error?.code == "runtime.state" && error?.message.contains("receipt of revision 2") == true)
        #expect(Paths.exists(environment.revision(2)))
        // Without that receipt it never came into force, as far as anybody can tell.
        let receipts = try Paths.entries(environment.receipts).filter { $0.hasPrefix("revision-2-") }
        #expect(receipts.count == 1)
        for name in receipts { try Paths.remove("\(environment.receipts)/\(name)") }
        #expect(try fixture.installer.look().receipts.isEmpty && !Paths.exists(environment.revision(2)))
    }

    @Test("what Git begins to track under a host that is at work stops its next look, until it tracks it no more")
    func trackedMeanwhile() throws {
        let fixture = try EnvironmentFixture(), place = fixture.environment.directory
        try fixture.install(1)
        func git(_ arguments: String...) throws {
            let result = try RunProgram.run("/usr/bin/git", arguments, in: place)
            #expect(result.status == 0, "\(arguments): \(result.errors)")
        }
        try git("init", "-q")
        #expect(try fixture.installer.look().inForce != nil)
        let marks = fixture.installer.marks()
        #expect(fixture.installer.marks() == marks)
        try git("add", "-f", "installed")
        #expect(fixture.installer.marks() != marks, "the loop looks again")
        for _ in 0..<2 {
            let refused = #expect(throws: Failure.self) { try fixture.installer.look() }
            #expect(refused?.code == "runtime.tracked", "\(refused as Any)")
        }
        try git("rm", "-q", "-r", "--cached", "installed")
        #expect(try fixture.installer.look().inForce != nil)
    }
}
