from django.urls import path, re_path

from generations.api.api import build_urls as build_api_urls
from generations.api.api import nothing_here
from generations.api.description import openapi
from generations.views import (
    api_docs,
    cancellations,
    create,
    gallery,
    home,
    hooks,
    media,
    share,
    share_links,
    styleguide,
    videos,
    visibility,
    webhook_deliveries,
    webhooks,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("create/football/", create.create_football, name="create-football"),
    path("create/avatar/", create.create_avatar, name="create-avatar"),
    path("uploads/<uuid:upload_id>/", media.upload, name="upload"),
    path("videos/", videos.videos, name="videos"),
    path("videos/<uuid:generation_id>/", videos.video, name="video"),
    path("videos/<uuid:generation_id>/status/", videos.video_status, name="video-status"),
    path("videos/<uuid:generation_id>/video.mp4", media.video_file, name="video-file"),
    path("videos/<uuid:generation_id>/poster.jpg", media.video_poster, name="video-poster"),
    path(
        "videos/<uuid:generation_id>/cancellation/",
        cancellations.cancel_video,
        name="video-cancellation",
    ),
    path(
        "videos/<uuid:generation_id>/visibility/",
        visibility.set_visibility,
        name="video-visibility",
    ),
    path(
        "videos/<uuid:generation_id>/share-links/",
        share_links.create_share_link,
        name="video-share-links",
    ),
    path(
        "videos/<uuid:generation_id>/share-links/<int:link_id>/revocation/",
        share_links.revoke_share_link,
        name="share-link-revocation",
    ),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("v/<slug:code>/", share.share, name="share"),
    path("v/<slug:code>/video.mp4", media.shared_file, name="share-file"),
    path("v/<slug:code>/poster.jpg", media.shared_poster, name="share-poster"),
    path("account/webhooks/", webhooks.webhooks, name="webhooks"),
    path(
        "account/webhooks/secret/rotation/",
        webhooks.rotate_default,
        name="webhook-default-rotation",
    ),
    path("account/webhooks/deliveries/", webhook_deliveries.log, name="webhook-deliveries"),
    path(
        "account/webhooks/deliveries/<uuid:delivery_id>/",
        webhook_deliveries.delivery,
        name="webhook-delivery",
    ),
    path(
        "account/webhooks/deliveries/<uuid:delivery_id>/replay/",
        webhook_deliveries.replay,
        name="webhook-delivery-replay",
    ),
    path("account/webhooks/<uuid:endpoint_id>/", webhooks.webhook, name="webhook"),
    path(
        "account/webhooks/<uuid:endpoint_id>/activation/",
        webhooks.activate,
        name="webhook-activation",
    ),
    path(
        "account/webhooks/<uuid:endpoint_id>/deactivation/",
        webhooks.deactivate,
        name="webhook-deactivation",
    ),
    path("account/webhooks/<uuid:endpoint_id>/deletion/", webhooks.delete, name="webhook-deletion"),
    path("account/webhooks/<uuid:endpoint_id>/rotation/", webhooks.rotate, name="webhook-rotation"),
    path("account/webhooks/<uuid:endpoint_id>/ping/", webhooks.ping, name="webhook-ping"),
    path("hooks/lumiq/<str:token>/", hooks.lumiq_callback, name="lumiq-callback"),
    path("api/v1/openapi.json", openapi, name="api-openapi"),
    path("account/api/", api_docs.api_playground, name="api-playground"),
    path("api/docs", api_docs.api_docs, name="api-docs"),
    path("api/v1/", build_api_urls()),
    re_path(r"^api/v1/", nothing_here, name="api-nothing"),
]
