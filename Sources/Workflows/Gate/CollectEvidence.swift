import Backtesting
import Basics
import ConfigurationFiles
import Features
import ModelBundles
import NeuralNetworks
import Promotion
import Registry
import Tensors
import Trading

/// A version in; what a gate may rest its verdict on, made anew from weights, features and records, out.
enum CollectEvidence {
    /// Recomputes predictions from the registered weights and the very features the run was trained on.
    static func run(
        _ version: VersionRecord, strategy: String, features: String, incumbent: VersionRecord?, people: CountingPeople,
        threads: Int, rehearsal runtime: RehearsalRuntime? = nil, registry: RegistryDatabase, session: Session
    ) throws -> GateEvidence {
        guard !version.run.isEmpty else {
            throw Failure(
                "gate.no-run", "found \(version.reference) without a run, so nothing tells how it was made",
                hint: "train and register it with hftml")
        }
        let run = try registry.run(version.run)
        let node = try BuildFeatures.featuresNode(features, session: session)
        guard node.id == run.dataDigest else {
            throw Failure(
                "gate.other-features", "found other features in '\(features)' than \(version.reference) was trained on",
                hint: "rebuild the features of that run")
        }
        let table = try FeatureTable.read(features)
        let recipe = try JSONParser.parse(run.config, file: "run \(run.id.prefix(8))")
        let split = try recipe[key: "split"].map { try SplitSpec($0, path: "split") } ?? SplitSpec()
        func score(_ v: VersionRecord) throws -> (file: PredictionFile, model: ModelFile, dataset: WindowedDataset) {
            let model = try ModelFile.read(try session.artefacts.verified(v.weights))
            let dataset = try WindowedDataset(table, window: model.spec.window, split: split)
            let file = try PredictionFile.predict(
                model, table: table, ends: dataset.test, baseline: PredictionFile.baseline(dataset), threads: threads,
                weights: v.weights, features: node.id)
            return (file, model, dataset)
        }
        let own = try score(version)
        let plan = try StrategyFile(strategy, horizon: table.holdBars()).identified(by: registry)
        let bars = try DeskBars.find(table, features: (features, node.id), session: session)
        let traded = try EvaluateModel.trade(
            own.file, own.model, table, tested: own.dataset.test,
            learned: [own.dataset.training, own.dataset.validation], baseline: PredictionFile.baseline(own.dataset),
            plan: plan, bars: bars, threads: threads)
        let measured = EvaluateModel.measure(own.file, traded, plan: plan, run: run.id)
        let graph = try registry.lineage(of: RegisterModel.node(version).id)
        try RecordGround.run(table, features: node.id, registry: registry)
        let count = try registry.trialCount(beside: run, judgedBy: plan.digest)
        var evidence = GateEvidence(
            subject: version.reference, predictions: own.file.predictions,
            metrics: Dictionary(measured.metrics.map { ($0.name, $0.value) }) { $1 },
            baselineMetrics: measured.baseline, backtest: measured.backtest, market: measured.alwaysLong,
            trials: count.trials,
            // Searches measure on the validation span only, and every one of their trials was a chance to look good.
            trialSharpes: try ["test.sharpe_daily", "val.sharpe_daily"].flatMap {
                try registry.metricOfTrials(beside: run, metric: $0)
            },
            lineageKinds: Set(graph.nodes.map(\.kind.rawValue)), dirtyFiles: run.gitDirty)
        try plan.keep(session)
        (evidence.costBps, evidence.instruments) = (plan.costBps, own.file.instruments)
        evidence.strategy = plan.digest
        evidence.trialCount = count
        evidence.trialReturns = try trialReturns(beside: run, registry: registry)
        evidence.reproduction = try ReproduceVersion.recorded(version, registry: registry)
        evidence.span = try seen(run, own.dataset, reproduced: evidence.reproduction?.isEqual == true, session: session)
        if let incumbent, incumbent.reference != version.reference {
            let model = try ModelFile.read(try session.artefacts.verified(incumbent.weights))
            let other = ScoreIncumbent(
                incumbent: incumbent, model: model, own: own.file, table: table, features: (features, node.id),
                threads: threads, session: session)
            if other.isPossible {
                switch try other.run() {
                case .scored(let theirs):
                    try compare(
                        own.file, with: theirs, of: incumbent.reference, plan: plan, desk: (bars.bars, model.spec),
                        to: &evidence)
                case .objection(let objection): evidence.incumbentObjection = objection
                }
            } else {
                evidence.incumbentObjection = try objection(
                    to: incumbent, model, table: table, samples: own.dataset.test, session: session)
                if evidence.incumbentObjection == nil {
                    try compare(
                        own.file, with: try score(incumbent).file, of: incumbent.reference, plan: plan,
                        desk: (bars.bars, model.spec), to: &evidence)
                }
            }
        }
        let samples = SampleSet(table, ends: own.dataset.test, label: own.model.spec.label)
        evidence.seedMetrics = try seedMetrics(
            run, samples: samples.digest, strategy: plan.digest, registry: registry)
        (evidence.pathSharpes, evidence.pathDrawdowns) = try paths(run, strategy: plan.digest, registry: registry)
        let reports = graph.nodes.filter { $0.kind == .qualityReport }
        evidence.qualityPassed = reports.isEmpty ? nil : reports.allSatisfy { $0.verdict == .passed }
        (evidence.lineageDigest, evidence.weights, evidence.commit) = (graph.digest, version.weights, run.gitCommit)
        evidence.authors = try authors(version, registry: registry)
        (evidence.statements, evidence.rejectedStatements) = try StatementsOfVersion(version, registry: registry)
            .counting(people, strategy: try StrategyFile.digest(strategy), at: registry.now())
        evidence.takenBack = people.takenBack(version.weights, strategy: try StrategyFile.digest(strategy))
        evidence.featureDrift = drift(own.dataset)
        evidence.featureCorrelation = correlations(own.dataset)
        evidence.latency = latency(own.model)
        evidence.modelBytes = Paths.size(try session.artefacts.verified(version.weights))
        evidence.riskLimits = try limits(strategy)
        evidence.card = try ModelCard.fields(version.model, session: session)
        evidence.delayed = traded.delayed
        if let runtime {
            // The same desk, and every order of it compared with what the real program does.
            let outcome = try RehearseVersion(
                version: version, model: own.model, dataset: own.dataset, split: split, plan: plan,
                features: (features, node.id), threads: threads, runtime: runtime, session: session
            ).run()
            evidence.rehearsal = outcome.evidence
            if let backtest = outcome.backtest { evidence.backtest = backtest }
            if let market = outcome.market { evidence.market = market }
            if let delayed = outcome.delayed { evidence.delayed = delayed }
        }
        evidence.now = registry.now()
        return evidence
    }

    /// After-cost returns per period of all trials that recorded as many as most of them did.
    private static func trialReturns(beside run: RunRecord, registry: RegistryDatabase) throws -> [[Double]] {
        let all = try registry.historiesOfTrials(beside: run, metric: SelectionEvidence.returnsMetric)
        let lengths = Dictionary(grouping: all, by: \.count).mapValues(\.count)
        guard let length = lengths.max(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key else { return [] }
        return all.filter { $0.count == length }
    }

    /// Of the newest cross-validation with this recipe, these features and this strategy.
    private static func paths(_ run: RunRecord, strategy: String, registry: RegistryDatabase) throws -> (
        [Double], [Double]
    ) {
        guard let own = withoutSeed(run.config) else { return ([], []) }
        let newest = try registry.runs(limit: 10_000, experiment: CrossValidateModel.experiment).first { other in
            try other.status == .finished && other.dataDigest == run.dataDigest && withoutSeed(other.config) == own
                && registry.parameters(run: other.id).contains { $0.0 == "strategy" && $0.1 == strategy }
        }
        guard let newest else { return ([], []) }
        let values = try ["path.sharpe_daily", "path.drawdown"].map {
            try registry.history(run: newest.id, metric: $0).map(\.value)
        }
        return (values[0], values[1])
    }

    /// A recipe as it is for any seed; nil for a text that is none.
    static func withoutSeed(_ config: String) -> String? {
        guard var node = try? JSONParser.parse(config) else { return nil }
        try? node.set(path: "training.seed", to: .int(0))
        return node.text(.canonical)
    }

    /// Test measures of finished runs that differ from this one in their seed alone, on the same samples.
    ///
    /// - Parameters:
    ///   - samples: the sample set that they must be of.
    ///   - strategy: that measures in money must be by; nil where none is asked for.
    static func seedMetrics(
        _ run: RunRecord, samples: String?, strategy: String? = nil, registry: RegistryDatabase
    ) throws -> [[String: Double]] {
        guard let own = withoutSeed(run.config) else { return [] }
        let initial = try registry.start(of: run.id)?.start[key: "initial"]?.stringValue
        let siblings = try registry.runs(limit: 10_000, experiment: run.experiment).filter {
            try $0.kind == run.kind && $0.status == .finished && $0.dataDigest == run.dataDigest
                && withoutSeed($0.config) == own
                && registry.start(of: $0.id)?.start[key: "initial"]?.stringValue == initial
        }
        return try registry.evaluations(of: siblings.map(\.id), [.test]).filter {
            $0.sampleSet == samples && (strategy == nil || $0.strategy == strategy) && !$0.metrics.isEmpty
        }.map(\.metrics)
    }

    /// Test samples that the version's run or an ancestor of it learned from.
    ///
    /// - Parameter reproduced: whether the seed alone gave these weights again, which proves that a run of before spans
    ///   were kept has no ancestors.
    private static func seen(
        _ run: RunRecord, _ dataset: WindowedDataset, reproduced: Bool, session: Session
    ) throws -> (seen: Int, of: Int, learners: [String], unknown: [String]) {
        var span = try TraceSpan.of(run: run.id, session: session)
        if reproduced, try session.registry().start(of: run.id) == nil {
            span = LearnedSpan(dataset, learner: "run \(run.id.prefix(8))")
        }
        let overlap = span.overlap(dataset.table, ends: dataset.test)
        return (overlap?.samples ?? 0, dataset.test.count, overlap?.learners ?? [], span.unknown)
    }

    /// Who made the run and registered the version, without the machine.
    static func authors(_ version: VersionRecord, registry: RegistryDatabase) throws -> Set<String> {
        let users = [version.createdBy] + (version.run.isEmpty ? [] : [try registry.run(version.run).user])
        return users.reduce(into: []) { $0.formUnion(ActingIdentity.people($1)) }
    }

    /// Every feature on the rows that training saw, against those of the test span.
    private static func drift(_ dataset: WindowedDataset) -> [(name: String, drift: ShareDrift)] {
        let table = dataset.table, width = table.width
        func column(_ feature: Int, _ rows: SampleRows) -> [Double] {
            // Ten thousand values tell shares of a tenth to a third of a percent.
            let step = max(rows.count / 10_000, 1)
            return stride(from: 0, to: rows.count, by: step).map {
                Double(table.values[Int(rows[$0]) * width + feature])
            }
        }
        return (0..<width).compactMap { feature in
            ShareDrift(
                reference: column(feature, dataset.training), recent: column(feature, dataset.test), quantiles: 10
            ).map { (table.featureNames[feature], $0) }
        }
    }

    private static func correlations(_ dataset: WindowedDataset) -> [(name: String, correlation: Double)] {
        let table = dataset.table, rows = dataset.test.filter { table.forwardReturn[$0].isFinite }
        return (0..<table.width).compactMap { feature in
            let values = rows.map { Double(table.values[Int($0) * table.width + feature]) }
            return RegressionMetrics.correlation(values, rows.map { Double(table.forwardReturn[$0]) }).map {
                (table.featureNames[feature], $0)
            }
        }
    }

    /// Microseconds of one window through the code that the runtime runs.
    private static func latency(_ model: ModelFile, calls: Int = 2000) -> (p50: Double, p99: Double) {
        let streaming = StreamingModel(model)
        for index in 0..<model.network.input.count { streaming.input[index] = Float(index % 7) * 0.1 - 0.3 }
        for _ in 0..<200 { _ = streaming.run() }
        let times = (0..<calls).map { _ -> Int64 in
            let start = Clock.monotonic()
            _ = streaming.run()
            return Clock.monotonic() - start
        }.sorted()
        return (Double(times[calls / 2]) / 1000, Double(times[calls * 99 / 100]) / 1000)
    }

    /// Names of the limits that a strategy file sets itself, not those it leaves to their defaults.
    private static func limits(_ strategy: String) throws -> Set<String> {
        Set((try YAMLFile.read(strategy)[key: "limits"]?.mapValue ?? []).map(\.key))
    }
}
