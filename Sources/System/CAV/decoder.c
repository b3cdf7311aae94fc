// Pictures out of a video file.
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
#include <stdlib.h>

#include "problem.h"

struct CAVDecoder {
  AVFormatContext *file;
  AVCodecContext *codec;
  AVStream *stream;
  AVFrame *frame;
  AVPacket *packet;
  struct SwsContext *colours;
  bool is_drained;
};

static bool open_codec(CAVDecoder *decoder, CAVProblem *problem) {
  const AVCodec *codec = NULL;
  int code = avformat_find_stream_info(decoder->file, NULL);
  if (code >= 0) {
    code = av_find_best_stream(decoder->file, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
  }
  if (code < 0) return cav_say(problem, "the file holds no video", code), false;
  decoder->stream = decoder->file->streams[code];
  decoder->codec = avcodec_alloc_context3(codec);
  decoder->frame = av_frame_alloc();
  decoder->packet = av_packet_alloc();
  if (decoder->codec == NULL || decoder->frame == NULL || decoder->packet == NULL) {
    return cav_say(problem, "no memory", 0), false;
  }
  code = avcodec_parameters_to_context(decoder->codec, decoder->stream->codecpar);
  decoder->codec->thread_count = 1;
  if (code >= 0) code = avcodec_open2(decoder->codec, codec, NULL);
  if (code < 0) return cav_say(problem, "the video decoder does not start", code), false;
  return true;
}

CAVDecoder *cav_decoder_open(const char *path, CAVProblem *problem) {
  av_log_set_level(AV_LOG_ERROR);
  CAVDecoder *decoder = calloc(1, sizeof *decoder);
  if (decoder == NULL) return cav_say(problem, "no memory", 0), NULL;
  int code = avformat_open_input(&decoder->file, path, NULL, NULL);
  if (code < 0) {
    cav_say(problem, "the video cannot be opened", code);
  } else if (open_codec(decoder, problem)) {
    return decoder;
  }
  cav_decoder_free(decoder);
  return NULL;
}

int cav_decoder_width(const CAVDecoder *decoder) { return decoder->codec->width; }
int cav_decoder_height(const CAVDecoder *decoder) { return decoder->codec->height; }

bool cav_decoder_seek(CAVDecoder *decoder, double seconds, CAVProblem *problem) {
  int64_t start = decoder->stream->start_time == AV_NOPTS_VALUE ? 0 : decoder->stream->start_time;
  int64_t place = start + (int64_t)(seconds / av_q2d(decoder->stream->time_base) + 0.5);
  int code = av_seek_frame(decoder->file, decoder->stream->index, place, AVSEEK_FLAG_BACKWARD);
  if (code < 0) return cav_say(problem, "the video cannot be searched", code), false;
  avcodec_flush_buffers(decoder->codec);
  decoder->is_drained = false;
  return true;
}

static int receive(CAVDecoder *decoder, CAVProblem *problem) {
  for (;;) {
    int code = avcodec_receive_frame(decoder->codec, decoder->frame);
    if (code >= 0) return 1;
    if (code == AVERROR_EOF) return 0;
    if (code != AVERROR(EAGAIN)) break;
    if (decoder->is_drained) return 0;
    code = av_read_frame(decoder->file, decoder->packet);
    if (code == AVERROR_EOF) {
      decoder->is_drained = true;
      code = avcodec_send_packet(decoder->codec, NULL);
    } else if (code >= 0) {
      if (decoder->packet->stream_index == decoder->stream->index) {
        code = avcodec_send_packet(decoder->codec, decoder->packet);
      }
      av_packet_unref(decoder->packet);
    }
    if (code < 0) {
      cav_say(problem, "the video is damaged", code);
      return -1;
    }
  }
  cav_say(problem, "the video is damaged", 0);
  return -1;
}

int cav_decoder_next(CAVDecoder *decoder, uint8_t *rgb, double *seconds, CAVProblem *problem) {
  int got = receive(decoder, problem);
  if (got <= 0) return got;
  const AVFrame *frame = decoder->frame;
  if (frame->width != decoder->codec->width || frame->height != decoder->codec->height) {
    cav_say(problem, "the video changes its size", 0);
    return -1;
  }
  decoder->colours = sws_getCachedContext(
    decoder->colours, frame->width, frame->height, (enum AVPixelFormat)frame->format,
    frame->width, frame->height, AV_PIX_FMT_RGB24, SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT,
    NULL, NULL, NULL);
  if (decoder->colours == NULL) {
    cav_say(problem, "the video's colours are unknown", 0);
    return -1;
  }
  uint8_t *rows[1] = {rgb};
  const int stride[1] = {3 * frame->width};
  sws_scale(
    decoder->colours, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height, rows,
    stride);
  int64_t start = decoder->stream->start_time == AV_NOPTS_VALUE ? 0 : decoder->stream->start_time;
  *seconds = (double)(frame->best_effort_timestamp - start) * av_q2d(decoder->stream->time_base);
  av_frame_unref(decoder->frame);
  return 1;
}

void cav_decoder_free(CAVDecoder *decoder) {
  if (decoder == NULL) return;
  sws_freeContext(decoder->colours);
  av_frame_free(&decoder->frame);
  av_packet_free(&decoder->packet);
  avcodec_free_context(&decoder->codec);
  avformat_close_input(&decoder->file);
  free(decoder);
}
