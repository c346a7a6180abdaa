using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cvmfs.Net.Server.Objects;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Server.Info;

/// <summary>Answers <c>/cvmfs/info/v1/</c>: what is served here, and whom to ask.</summary>
internal sealed class InfoResponder(RepositoryInventory inventory, CvmfsServerOptions options, TimeProvider time)
{
    private const string ContentType = "application/json";
    private const int MaxMetaBytes = 1 << 20;

    private static readonly JsonWriterOptions Style = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lifetime _lifetime = new(options.RootFileLifetime, time);
    private readonly OperatingSystemRelease _release = OperatingSystemRelease.Read();

    /// <summary><c>repositories.json</c>: made from the folders that are there, so it needs no regeneration step and cannot lag behind.</summary>
    public Task RepositoriesAsync(HttpContext context)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Style)) Write(json, inventory.Repositories);
        return SendAsync(context, buffer.WrittenMemory);
    }

    /// <summary><c>meta.json</c>: the operator's file, or an empty object.</summary>
    public async Task MetaAsync(HttpContext context)
    {
        byte[] body = "{}\n"u8.ToArray();
        try
        {
            var file = new FileInfo(Path.Combine(options.RootFolder, "info", "v1", "meta.json"));
            if (file.Exists && file.LinkTarget is null && file.Length <= MaxMetaBytes) body = await File.ReadAllBytesAsync(file.FullName, context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // removed between the two looks: an absent file is an empty object
        }

        await SendAsync(context, body).ConfigureAwait(false);
    }

    private Task SendAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        _lifetime.Apply(context.Response.Headers);
        // Status pages run in browsers; these two documents are public and hold no secrets.
        context.Response.Headers.AccessControlAllowOrigin = "*";
        return PlainResponse.BytesAsync(context, body, ContentType);
    }

    private void Write(Utf8JsonWriter json, IReadOnlyList<ServedRepository> repositories)
    {
        json.WriteStartObject();
        json.WriteNumber("schema", 1);
        if (options.PublishVersions)
        {
            json.WriteString("cvmfs_version", OperatingSystemRelease.ServerVersion);
            json.WriteString("os_id", _release.Id);
            json.WriteString("os_version_id", _release.VersionId);
            json.WriteString("os_pretty_name", _release.PrettyName);
        }

        Write(json, "repositories", repositories, replicas: false);
        Write(json, "replicas", repositories, replicas: true);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string property, IReadOnlyList<ServedRepository> repositories, bool replicas)
    {
        json.WriteStartArray(property);
        foreach (var repository in repositories)
        {
            if (repository.IsReplica != replicas) continue;
            json.WriteStartObject();
            json.WriteString("name", repository.Name);
            if (repository.Alias != repository.Name) json.WriteString("alias", repository.Alias);
            json.WriteString("url", "/cvmfs/" + repository.Alias);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
