// swift-tools-version: 6.2
import PackageDescription

// The module table is in Sources/Workflows/Workflows.docc/Architecture.md; Tests/ArchitectureTests holds it.

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// The programs carry the Swift libraries: a third of the start-up time, and no Swift on the trading host. Compiled
/// with the flag as well, a program names the static archives that it needs by itself. The option
/// `--static-swift-stdlib` would say the same for every module, and so build everything once for programs and once for
/// tests.
let carriesSwift: [SwiftSetting] = [.unsafeFlags(["-static-stdlib"], .when(platforms: [.linux]))]
let startsFast: [LinkerSetting] = [
    .unsafeFlags(["-static-stdlib", "-use-ld=lld", "-Xlinker", "-S"], .when(platforms: [.linux]))
]

/// What Foundation's XML, under XMLCoder, stands on: no archive names it. CXML2 brings what it asks of libxml2.
let readsXML: [LinkerSetting] = [.linkedLibrary("_CFXMLInterface", .when(platforms: [.linux]))]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"],
        exclude: exclusions[name] ?? [], swiftSettings: swiftSettings)
}

/// Fixtures are read from the source tree (they carry the scripts that made them), not copied as resources.
let exclusions: [String: [String]] = [
    "NeuralNetworksTests": ["Fixtures"],
    "RegistryTests": ["Fixtures"],
    "CommandLineTests": ["Fixtures"],
    "InterchangeTests": ["Fixtures"],
    "MarketDataTests": ["Fixtures"],
    "PromotionTests": ["Fixtures"],
    "WorkflowsTests": ["Fixtures"],
    "IdentityTests": ["Fixtures"],
    "DocumentsTests": ["Fixtures"],
    "TablesTests": ["Fixtures"],
]

let package = Package(
    name: "hftml",
    products: [
        .executable(name: "hftml", targets: ["hftml"]),
        .executable(name: "hftml-runtime", targets: ["hftml-runtime"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/CoreOffice/XMLCoder", exact: "0.18.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        // Level 0: what everything else stands on.
        .target(name: "CProcess"),
        module("Basics", ["CProcess", crypto]),
        // Loaded when they are first needed, so that commands which need neither start in half the time.
        .target(name: "COpenBLAS"),
        .target(name: "CGit2"),
        .target(name: "CHDF5"),
        .target(name: "CCodecs"),
        .target(name: "CXML2", cSettings: [.unsafeFlags(["-I/usr/include/libxml2"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // Intrinsics-level code keeps its optimiser in debug builds: without it the tests take 30 times as long.
        // Products and sums are fused where one expression holds both ("on", not "fast"): then every instruction set
        // fuses the same ones, and results agree to the bit.
        .target(
            name: "CKernels",
            cSettings: [.unsafeFlags(["-O3", "-ffp-contract=on", "-fno-math-errno", "-Wno-psabi"])]),
        // Level 1: one technical thing each; none knows the trading domain.
        module("ConfigurationFiles", ["Basics", .product(name: "Yams", package: "Yams")]),
        module("Tensors", ["Basics", "COpenBLAS", "CKernels"]),
        module("Tables", ["Basics", "CZlib", "CCodecs"]),
        module(
            "DataVersioning",
            [
                "Basics", "ConfigurationFiles", "CGit2", "CXML2", "CZlib", "CKernels", crypto,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "XMLCoder", package: "XMLCoder"),
            ]),
        module("Timestamps", ["Basics", asn1, crypto, cryptoExtras]),
        module("HyperparameterSearch", ["Basics"]),
        module(
            "Registry",
            [
                "Basics", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        // Level 2: market data, networks and pipelines know nothing of each other.
        module("MarketData", ["Basics", "Tables"]),
        module("NeuralNetworks", ["Basics", "Tensors", "CKernels"]),
        module("Pipelines", ["Basics", "ConfigurationFiles", "DataVersioning"]),
        .target(
            name: "Interchange",
            dependencies: [
                "Basics", "Tensors", "NeuralNetworks", "CHDF5",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["ONNX/onnx.proto"], swiftSettings: swiftSettings),
        // Level 3: the domain between data and decisions.
        module("DataQuality", ["Basics", "Tables", "MarketData"]),
        module("Features", ["Basics", "Tensors", "Tables", "MarketData"]),
        module("Trading", ["Basics", "MarketData"]),
        // Level 4: a model that can be carried, and what it would have earned.
        module("ModelBundles", ["Basics", "Tensors", "NeuralNetworks", "Features", "Trading", "MarketData", crypto]),
        module("Backtesting", ["Basics", "MarketData", "Trading"]),
        // Level 5: what research and the trading host agree on, and who acts.
        module("Deployment", ["Basics", "ModelBundles", "Trading"]),
        module("Identity", ["Basics", "ModelBundles", crypto, cryptoExtras]),
        module(
            "ReinforcementLearning", ["Basics", "Tensors", "NeuralNetworks", "Backtesting", "MarketData"]),
        // Level 6: who may go live, and the trading process itself.
        module("Promotion", ["Basics", "Registry", "ModelBundles", "Deployment", "Trading", "Backtesting"]),
        module("Execution", ["Basics", "Tables", "MarketData", "Features", "Trading", "ModelBundles", "Deployment"]),
        // Level 7: one file per arrow of the flow; both programs are thin over this level.
        module(
            "Workflows",
            [
                "Basics", "ConfigurationFiles", "Tensors", "Tables", "DataVersioning", "Registry", "MarketData",
                "NeuralNetworks", "Interchange", "Pipelines", "DataQuality", "Features", "Trading", "ModelBundles",
                "Backtesting", "Deployment", "Identity", "Promotion", "HyperparameterSearch", "ReinforcementLearning",
                "Timestamps", logging,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        // Level 8: values become JSON documents, pages and text; no I/O.
        module(
            "Documents",
            [
                "Basics", "Workflows", "Pipelines", "Registry", "Backtesting", "ModelBundles", "MarketData", "Tables",
                "NeuralNetworks", "Features", "Trading", "HyperparameterSearch", "ReinforcementLearning", "Promotion",
            ]),
        .executableTarget(
            name: "hftml",
            dependencies: ["Basics", "Workflows", "Documents", arguments, logging],
            swiftSettings: swiftSettings + carriesSwift, linkerSettings: startsFast + readsXML),
        .executableTarget(
            name: "hftml-runtime", dependencies: ["Basics", "Deployment", "Execution", arguments],
            swiftSettings: swiftSettings + carriesSwift, linkerSettings: startsFast),

        .target(name: "TestSupport", dependencies: ["Basics"], path: "Tests/TestSupport", swiftSettings: swiftSettings),
        // Damages files and texts and feeds them to the readers, in children that it may end.
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Basics", "ConfigurationFiles", "Tensors", "Tables", "DataVersioning", "Registry", "MarketData",
                "NeuralNetworks", "Interchange", "Pipelines", "DataQuality", "Features", "Trading", "ModelBundles",
                "Deployment", "Promotion", "HyperparameterSearch", "Workflows", "TestSupport",
            ],
            path: "Tests/Fuzz", swiftSettings: swiftSettings + carriesSwift, linkerSettings: startsFast + readsXML),
        tests("ArchitectureTests", ["Basics"]),
        tests("BasicsTests", ["Basics"]),
        tests("TablesTests", ["Basics", "Tables"]),
        tests("TimestampsTests", ["Basics", "Timestamps"]),
        tests("TensorsTests", ["Basics", "Tensors", "CKernels"]),
        tests("DataVersioningTests", ["Basics", "ConfigurationFiles", "DataVersioning", "CKernels"]),
        tests("RegistryTests", ["Basics", "Registry"]),
        tests("HyperparameterSearchTests", ["Basics", "HyperparameterSearch"]),
        tests("MarketDataTests", ["Basics", "Tables", "MarketData"]),
        tests("NeuralNetworksTests", ["Basics", "Tensors", "NeuralNetworks"]),
        tests("InterchangeTests", ["Basics", "Interchange", "NeuralNetworks", "Tensors"]),
        tests("PipelinesTests", ["Basics", "ConfigurationFiles", "Pipelines", "DataVersioning"]),
        tests("DataQualityTests", ["Basics", "DataQuality", "MarketData"]),
        tests("FeaturesTests", ["Basics", "Features", "MarketData", "Tables", "Tensors"]),
        tests("TradingTests", ["Basics", "Trading"]),
        tests(
            "ModelBundlesTests",
            ["Basics", "Deployment", "ModelBundles", "Features", "MarketData", "NeuralNetworks", "Tensors", "Trading"]),
        tests("BacktestingTests", ["Basics", "Backtesting", "MarketData", "Trading"]),
        tests(
            "ReinforcementLearningTests",
            ["Basics", "Tensors", "NeuralNetworks", "MarketData", "Backtesting", "ReinforcementLearning"]),
        tests("DeploymentTests", ["Basics", "Deployment", "ModelBundles", "Trading"]),
        tests("IdentityTests", ["Basics", "Identity", "ModelBundles", crypto]),
        tests(
            "PromotionTests",
            [
                "Basics", "Deployment", "Features", "Promotion", "Backtesting", "MarketData", "ModelBundles",
                "NeuralNetworks", "Registry", "Tensors", "Trading",
            ]),
        tests(
            "ExecutionTests",
            [
                "Basics", "Deployment", "Execution", "ModelBundles", "Features", "MarketData", "NeuralNetworks",
                "Tensors", "Trading",
            ]),
        tests(
            "WorkflowsTests",
            [
                "Basics", "Backtesting", "Deployment", "Features", "ModelBundles", "Pipelines", "Trading", "Workflows",
                "Registry", "DataVersioning", "HyperparameterSearch", "ReinforcementLearning", "Tables", "Tensors",
                "MarketData", "Interchange",
                "NeuralNetworks", "Promotion",
            ]),
        tests("DocumentsTests", ["Basics", "Documents", "HyperparameterSearch", "Workflows"]),
        tests("CommandLineTests", ["Basics", "ConfigurationFiles"]),
    ]
)

// Benchmarks join the manifest only when they are asked for.
if Context.environment["HFTML_BENCHMARKS"] != nil {
    package.targets.append(
        .executableTarget(
            name: "market-data-benchmark", dependencies: ["Basics", "Tables", "MarketData"],
            path: "Tests/Benchmarks/MarketData", swiftSettings: swiftSettings))
    package.targets.append(
        .executableTarget(
            name: "training-benchmark", dependencies: ["Basics", "Tensors", "NeuralNetworks"],
            path: "Tests/Benchmarks/Training", swiftSettings: swiftSettings))
    package.targets.append(
        .executableTarget(
            name: "inference-benchmark",
            dependencies: ["Basics", "Tensors", "NeuralNetworks", "Interchange", "CKernels"],
            path: "Tests/Benchmarks/Inference",
            swiftSettings: swiftSettings))
    package.targets.append(
        .executableTarget(
            name: "search-benchmark", dependencies: ["Basics", "HyperparameterSearch", "Registry", "Workflows"],
            path: "Tests/Benchmarks/Search", swiftSettings: swiftSettings))
    package.targets.append(
        .executableTarget(
            name: "reinforcement-benchmark", dependencies: ["Basics", "NeuralNetworks", "ReinforcementLearning"],
            path: "Tests/Benchmarks/Reinforcement", swiftSettings: swiftSettings))
    package.targets.append(
        .executableTarget(
            name: "tracking-benchmark", dependencies: ["Basics", "Registry"], path: "Tests/Benchmarks/Tracking",
            swiftSettings: swiftSettings))
    package.targets.append(
        .executableTarget(
            name: "gate-benchmark",
            dependencies: [
                "Basics", "ConfigurationFiles", "Tensors", "MarketData", "NeuralNetworks", "Features", "Trading",
                "Backtesting", "Promotion",
            ], path: "Tests/Benchmarks/Gate", swiftSettings: swiftSettings))
    package.products += [
        "training-benchmark", "inference-benchmark", "search-benchmark", "reinforcement-benchmark",
        "tracking-benchmark", "gate-benchmark",
    ].map { .executable(name: $0, targets: [$0]) }
}
