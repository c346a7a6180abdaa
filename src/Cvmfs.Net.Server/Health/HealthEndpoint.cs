using System.Buffers;
using System.Text.Json;
using Cvmfs.Net.Server.Info;
using Cvmfs.Net.Server.Objects;
using Cvmfs.Net.Server.ReadThrough;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Server.Health;

/// <summary><c>/health</c>: 200 while clients are served and will be for the next two days, 503 otherwise, with what is wrong in the body.</summary>
/// <remarks>For load balancers and supervisors, which must not take a server away because one of its repositories is behind: that is for
/// monitors. A whitelist that is about to end, unreadable storage, or a repository of which nothing can be shown is another matter.</remarks>
internal sealed class HealthEndpoint(RepositoryInventory inventory, HealthJudge judge, Upstreams upstreams)
{
    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext context)
    {
        string? trouble = null;
        var judged = new List<(ServedRepository Repository, RepositoryHealth Health)>();
        try
        {
            foreach (var repository in inventory.Repositories)
            {
                if (upstreams.Find(repository.Alias) is { IsPassThrough: true }) continue;
                judged.Add((repository, judge.Judge(repository)));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            trouble = e.Message;
        }

        var state = trouble is not null ? HealthState.Failing : judged.Select(pair => pair.Health.State).DefaultIfEmpty().Max();
        if (state == HealthState.Failing) context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("status", TextOf(state));
            if (trouble is not null) json.WriteString("reason", trouble);
            json.WriteStartArray("repositories");
            foreach (var (repository, health) in judged) Write(json, repository, health);
            foreach (string alias in upstreams.PassThroughAliases) WritePassThrough(json, alias);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        context.Response.Headers.CacheControl = "no-store";
        return PlainResponse.BytesAsync(context, buffer.WrittenMemory, "application/json");
    }

    private static void Write(Utf8JsonWriter json, ServedRepository repository, RepositoryHealth health)
    {
        json.WriteStartObject();
        json.WriteString("alias", repository.Alias);
        json.WriteString("name", repository.Name);
        json.WriteString("status", TextOf(health.State));
        if (health.Reason is { } reason) json.WriteString("reason", reason);
        json.WriteBoolean("replica", repository.IsReplica);
        if (repository.Revision is { } revision) json.WriteNumber("revision", revision);
        if (health.WhitelistLeft is { } left) json.WriteNumber("whitelistSecondsLeft", (long)left.TotalSeconds);
        json.WriteBoolean("snapshotting", repository.IsSnapshotting);
        json.WriteEndObject();
    }

    private static void WritePassThrough(Utf8JsonWriter json, string alias)
    {
        json.WriteStartObject();
        json.WriteString("alias", alias);
        json.WriteString("status", TextOf(HealthState.Ok));
        json.WriteBoolean("passThrough", true);
        json.WriteEndObject();
    }

    private static string TextOf(HealthState state) => state switch
    {
        HealthState.Ok => "ok",
        HealthState.Warning => "warning",
        _ => "failing",
    };
}
