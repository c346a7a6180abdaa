using System.Buffers;
using System.Text.Json;
using Cvmfs.Net.Server.Info;
using Cvmfs.Net.Server.Objects;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Server.Health;

/// <summary><c>/health</c>: 200 while the root folder can be read, 503 otherwise, with what is served in the body.</summary>
/// <remarks>For load balancers and supervisors, which must not take a server away because one of its repositories is stale: staleness is in
/// the body and in the monitors' checks.</remarks>
internal sealed class HealthEndpoint(RepositoryInventory inventory)
{
    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext context)
    {
        IReadOnlyList<ServedRepository> repositories = [];
        string? trouble = null;
        try
        {
            repositories = inventory.Repositories;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            trouble = e.Message;
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("status", trouble is null ? "ok" : "storage unreadable");
            if (trouble is not null) json.WriteString("reason", trouble);
            json.WriteStartArray("repositories");
            foreach (var repository in repositories) Write(json, repository);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        context.Response.Headers.CacheControl = "no-store";
        return PlainResponse.BytesAsync(context, buffer.WrittenMemory, "application/json");
    }

    private static void Write(Utf8JsonWriter json, ServedRepository repository)
    {
        json.WriteStartObject();
        json.WriteString("alias", repository.Alias);
        json.WriteString("name", repository.Name);
        json.WriteBoolean("replica", repository.IsReplica);
        if (repository.Revision is { } revision) json.WriteNumber("revision", revision);
        json.WriteBoolean("snapshotting", repository.IsSnapshotting);
        json.WriteEndObject();
    }
}
