using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cvmfs.Net.Proxy.Configuration;

/// <summary>The form of a configuration file: that of the options.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PreferredObjectCreationHandling = JsonObjectCreationHandling.Populate,
    RespectNullableAnnotations = true,
    Converters = [typeof(DurationConverter), typeof(SizeConverter), typeof(SmallSizeConverter), typeof(FlexibleEnum<AccessLogFormat>), typeof(FlexibleEnum<MetricsFormat>),
        typeof(FlexibleEnum<UpstreamOrder>), typeof(FlexibleEnum<PrefetchMode>)])]
[JsonSerializable(typeof(ProxyOptions))]
internal sealed partial class ProxyJson : JsonSerializerContext;
