import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing

/// What a host remembers may be gone, damaged, an older copy, or no file at all: each has a name and a next step, and
/// nothing traps or waits.
@Suite struct HostMemoryTests {
    /// What somebody put in the place of a file.
    enum Damage: String, CaseIterable, Sendable {
        case empty, half, list, huge, fraction, negative, largest, directory, pipe, link
    }

    /// Files of a host.
    enum Place: String, CaseIterable, Sendable {
        case state, halts, clock, runs, current, receipt, key

        func path(_ fixture: EnvironmentFixture) throws -> String {
            let environment = fixture.environment
            switch self {
            case .state: return environment.stateFile
            case .halts: return environment.haltMemory
            case .clock: return environment.clockMemory
            case .runs: return environment.runMemory
            case .current: return environment.current
            case .key: return environment.hostPublicKey
            case .receipt:
                let names = try Paths.entries(environment.receipts)
                return "\(environment.receipts)/\(try #require(names.first { $0.hasPrefix("revision-2-") }))"
            }
        }
    }

    private static func damage(_ path: String, _ damage: Damage) throws {
        let bytes = try FileChunks.bytes(path), text = String(decoding: bytes, as: UTF8.self)
        func number(_ value: String) -> [UInt8] {
            Array(text.replacing(/Ns": *[0-9]+/, with: "Ns\": \(value)").utf8)
        }
        try Paths.remove(path)
        switch damage {
        case .empty: try AtomicFile.write("", to: path)
        case .half: try AtomicFile.write(Array(bytes.prefix(bytes.count / 2)), to: path)
        case .list: try AtomicFile.write("[]", to: path)
        case .huge: try AtomicFile.write(number("99999999999999999999999"), to: path)
        case .fraction: try AtomicFile.write(number("1e300"), to: path)
        case .negative: try AtomicFile.write(number("-9223372036854775808"), to: path)
        case .largest: try AtomicFile.write(number("9223372036854775807"), to: path)
        case .directory: try Paths.makeDirectory(path)
        case .pipe: #expect(mkfifo(path, 0o644) == 0)
        case .link: #expect(symlink("nowhere", path) == 0)
        }
    }

    /// Two revisions, a halt that has ended, and a run.
    private static func fixture() throws -> EnvironmentFixture {
        let fixture = try EnvironmentFixture(), person = try person(fixture)
        try fixture.install(1, 2)
        _ = try person.halt()
        _ = try person.resume()
        try fixture.installer.noteRun(2, at: AuthorityKit.start + 2000)
        return fixture
    }

    private static func person(_ fixture: EnvironmentFixture) throws -> HostOperator {
        try HostOperator(fixture.environment, person: "ben", reason: "losses", clock: fixture.clock)
    }

    /// The code of an error that says what to do.
    private static func code(_ body: () throws -> Void) -> String? {
        do { try body() } catch let error as any UserFacingError {
            #expect(error.hint?.isEmpty == false, "\(error.code): \(error.message)")
            return error.code
        } catch {
            return "\(error)"
        }
        return nil
    }

    @Test(
        "whatever lies in the place of what a host remembers has a name and a next step, and nothing waits for it",
        .timeLimit(.minutes(5)), arguments: Place.allCases, Damage.allCases)
    func damaged(_ place: Place, _ damage: Damage) throws {
        let fixture = try Self.fixture(), path = try place.path(fixture)
        try Self.damage(path, damage)
        let code = Self.code {
            _ = try TradingHost(fixture.environment)
            _ = try fixture.installer.look()
        }
        // What a person asks for answers as well, whatever it says.
        for body in [
            { _ = try RuntimeStatus(fixture.environment, clock: fixture.clock) },
            { _ = try Self.person(fixture).halt() }, { _ = try Self.person(fixture).resume() },
        ] as [() throws -> Void] { _ = Self.code(body) }
        // A time that is possible is no damage by itself.
        guard damage != .largest else {
            #expect(code == nil, "\(code ?? "")")
            return
        }
        switch (place, damage) {
        case (.state, _):
            #expect(code == "runtime.state")
            _ = try HostRecovery(fixture.installer)
        case (.current, .directory), (.receipt, .directory):
            #expect(code == "runtime.state")
            #expect(rename(path, fixture.directory.file("aside")) == 0)
        default: #expect(code == nil, "\(code ?? "")")
        }
        let look = try fixture.installer.look()
        #expect(look.inForce?.identity.version == 2, "\(look.objection ?? "")")
        if damage == .directory, place == .clock || place == .runs {
            #expect(
                look.problem?.contains("; move it away: mv '\(path)' '\(path).aside'") == true, "\(look.problem ?? "")")
        }
        #expect(try Self.person(fixture).rollBack(with: fixture.installer).version == 1)
    }

    @Test("whatever is called halt halts, and stops nobody who looks, halts or asks", .timeLimit(.minutes(5)))
    func haltFile() throws {
        for damage in Damage.allCases where damage != .link {
            let fixture = try Self.fixture(), path = fixture.environment.haltFile
            try AtomicFile.write("by hand\n", to: path)
            try Self.damage(path, damage)
            _ = try fixture.installer.look()
            #expect(try RuntimeStatus(fixture.environment, clock: fixture.clock).isHalted)
            #expect(try Self.person(fixture).halt().outcome == .halted)
            #expect(try fixture.host.view.history().halts.last?.to == nil)
            #expect(try Self.person(fixture).resume() != nil && !Paths.exists(path))
        }
    }

    @Test("directories among kept documents and bundles are told with what to do, and stop nothing")
    func directories() throws {
        let fixture = try Self.fixture(), environment = fixture.environment
        let paths = ["\(environment.documents)/7.json", environment.revision(9)]
        for path in paths { try Paths.makeDirectory(path) }
        let look = try fixture.installer.look()
        for path in paths {
            #expect(
                look.problems.contains { $0.hasSuffix("move it away: mv '\(path)' '\(path).aside'") },
                "\(look.problems)")
        }
        #expect(look.objection == nil)
        #expect(try Self.person(fixture).rollBack(with: fixture.installer).version == 1)
    }

    // MARK: Put together again

    @Test("an older memory is put together again by the command that its error shows, from receipts and kept bundles")
    func olderMemory() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment
        try fixture.install(1)
        let older = [environment.stateFile, environment.current]
        let copies = try older.map { try FileChunks.bytes($0) }
        let digest = try fixture.install(2)[0]
        _ = try Self.person(fixture).rollBack(with: fixture.installer)
        let state = try FileChunks.text(environment.stateFile), current = try FileChunks.bytes(environment.current)
        for (path, bytes) in zip(older, copies) { try AtomicFile.write(bytes, to: path) }
        let error = #expect(throws: Failure.self) { try fixture.installer.look() }
        let command = "hftml-runtime recover \(environment.directory)"
        #expect(error?.code == "runtime.state" && error?.hint?.contains(command) == true, "\(error?.hint ?? "")")
        // As the program does it, where no other process has the lock.
        let other = fixture.directory.file("other")
        try FileManager.default.copyItem(atPath: environment.directory, toPath: other)
        let result = try RunProgram.run(RunProgram.runtime, ["recover", other], in: fixture.directory.path)
        #expect(result.status == 0 && result.output.contains("put back: revisions 2, 3"), "\(result)")
        #expect(try FileChunks.text("\(other)/installed/state.json") == state)
        let recovery = try HostRecovery(fixture.installer)
        #expect(recovery.revision == 3 && recovery.putBack == [2, 3] && recovery.spent == 3 && recovery.aside.isEmpty)
        #expect(try FileChunks.text(environment.stateFile) == state, "to the byte")
        let look = try fixture.installer.look()
        #expect(try look.receipts.isEmpty && FileChunks.bytes(environment.current) == current)
        #expect(try fixture.host.view.history().revisions.map(\.bundle).contains(digest))
        let again = try HostRecovery(fixture.installer)
        #expect(again.putBack.isEmpty && again.lines.last == "found nothing to put back")
    }

    @Test("a memory that is gone comes back with all numbers that were answered, and nothing that was not in force")
    func goneMemory() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment,
            draft = try TinyModel.draft(version: 3)
        try fixture.install(1, 2)
        let refused = try fixture.kit.bundle(draft, version: 3, counter: 5, verdict: { $0.isPassed = false })
        #expect(try fixture.refusal(of: refused)?.hasPrefix("admission.verdict-failed: ") == true)
        try Paths.remove(environment.stateFile)
        // Nobody's receipt makes a bundle a revision, and a bundle alone is none.
        let kept = try fixture.kit.bundle(draft, version: 3, counter: 9), bundle = Digest.sha256(kept)
        try AtomicFile.write(kept, to: environment.revision(9))
        let forged = Receipt(
            environment: "test", outcome: .installed, bundle: bundle, counter: 9, time: AuthorityKit.start)
        try AtomicFile.write(
            try forged.signed(by: SigningKey(generating: "stranger")).text,
            to: "\(environment.receipts)/revision-9-\(bundle.prefix(12)).json")
        let recovery = try HostRecovery(fixture.installer)
        #expect(recovery.revision == 2 && recovery.putBack == [1, 2] && recovery.spent == 9)
        #expect(try fixture.installer.look().inForce?.identity.version == 2)
        #expect(try fixture.refusal(of: kept)?.hasPrefix("admission.counter: ") == true)
        #expect(try Self.person(fixture).rollBack(with: fixture.installer).version == 1)
    }

    @Test("where the bundle of the newest revision or every receipt is gone as well, nothing is put together")
    func lost() throws {
        for isBundle in [true, false] {
            let fixture = try EnvironmentFixture(), environment = fixture.environment
            try fixture.install(1, 2)
            // What lies in force is evidence as well.
            for path in [environment.stateFile, environment.current] { try Paths.remove(path) }
            try Paths.remove(isBundle ? environment.revision(2) : environment.receipts)
            let error = #expect(throws: Failure.self) { try HostRecovery(fixture.installer) }
            #expect(error?.code == "runtime.state" && error?.hint?.contains("back from a backup: mkdir -p ") == true)
            #expect(!Paths.exists(environment.stateFile))
        }
        // An older one is told of, and out of a rollback's reach.
        let fixture = try EnvironmentFixture()
        try fixture.install(1, 2)
        for path in [fixture.environment.stateFile, fixture.environment.revision(1)] { try Paths.remove(path) }
        #expect(try HostRecovery(fixture.installer).lost == [1])
        #expect(try fixture.installer.look().inForce?.identity.version == 2)
    }

    @Test("damaged halts stop nothing: all time until now counts as halted, what was there is kept, and it is told")
    func damagedHalts() throws {
        for isHalted in [true, false] {
            let fixture = try Self.fixture(), path = fixture.environment.haltMemory, behind = Clock { 7 }
            if isHalted { _ = try Self.person(fixture).halt() }
            try AtomicFile.write("{}", to: path)
            let status = try RuntimeStatus(fixture.environment, clock: behind)
            #expect(status.lines.count { $0.hasPrefix("to mend: ") } == 2, "\(status.lines)")
            let look = try fixture.installer(clock: behind).look()
            let problem = try #require(look.problems.last)
            #expect(problem.hasPrefix("found no halts in installed/halts.json: ") && look.problems.count == 2)
            let aside = try #require(
                problem.split(separator: "; what lay there is in ").last?.split(separator: ";").first)
            #expect(try FileChunks.text(String(aside)) == "{}")
            let halts = [RevisionHistory.Halt(from: 0, to: isHalted ? nil : 7)]
            #expect(try fixture.host.view.history().halts == halts)
            // The hours of a canary begin anew.
            if !isHalted {
                #expect(try fixture.installer.noteRun(2, at: AuthorityKit.start + 3000).runs.last?.isNew == true)
            }
            #expect(try fixture.installer.look().problems.isEmpty, "told once")
            try AtomicFile.write("{}", to: path)
            #expect(try Self.person(fixture).rollBack(with: fixture.installer).version == 1)
        }
    }
}
